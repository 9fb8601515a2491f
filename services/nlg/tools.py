"""Names of the standard tools that the replies speak of."""

SERVICES = "get_available_services"
HOURS = "get_business_hours"
PACKAGES = "get_service_packages"
PROMOTIONS = "get_active_promotions"
CHECK = "check_service_availability"
BOOK = "book_appointment"
FIND = "find_appointment_by_phone"
CANCEL = "cancel_appointment"
RESCHEDULE = "reschedule_appointment"

AGENDA = (CHECK, BOOK, FIND, CANCEL, RESCHEDULE)
"""Tools that look into the appointments."""
