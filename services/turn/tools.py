"""Names of the standard tools of a business that takes appointments, as workspace/tools.yaml has them."""

SERVICES = "get_available_services"
HOURS = "get_business_hours"
PACKAGES = "get_service_packages"
PROMOTIONS = "get_active_promotions"
CHECK = "check_service_availability"
BOOK = "book_appointment"
FIND = "find_appointment_by_phone"
CANCEL = "cancel_appointment"
RESCHEDULE = "reschedule_appointment"
FREE_TIMES = "find_free_times"
BOOK_ALL = "book_appointments"
CHANGE = "change_appointment"
CHANGE_ALL = "change_appointments"
CANCEL_ALL = "cancel_appointments"
RESTORE = "restore_appointment"
CUSTOMER = "get_customer"

AGENDA = (
    CHECK,
    BOOK,
    FIND,
    CANCEL,
    RESCHEDULE,
    FREE_TIMES,
    BOOK_ALL,
    CHANGE,
    CHANGE_ALL,
    CANCEL_ALL,
    RESTORE,
    CUSTOMER,
)
"""Tools that look into the appointments."""
SECOND_FORM = (FREE_TIMES, BOOK_ALL, CHANGE, CHANGE_ALL, CANCEL_ALL, RESTORE, CUSTOMER)
"""Tools that only conversations of the second form use."""
STANDARD = (SERVICES, HOURS, PACKAGES, PROMOTIONS, *AGENDA)
"""All of them."""
