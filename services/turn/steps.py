"""What a reply is to say next, as the planner decides it, and what a message did that is no task: one vocabulary of
planner, gateway and NLG."""

NOTHING = ""
"""Nothing is to be asked."""
SERVICE = "service"
"""Which service?"""
WHEN = "when"
"""Which day and hour?"""
OFFER = "offer"
"""Which of `task.offers`? What was wanted may not be free: the observation of `find_free_times` says why."""
TAKE = "take"
"""Shall the only offer be booked (moved to)? The customer has not named it, or only asked for it."""
NAME = "name"
"""Whose name?"""
EMAIL = "email"
"""Which e-mail address?"""
EMAIL_NEEDED = "email_needed"
"""The address was refused, and the business needs one: why, and another way (a person)."""
STAFF = "staff"
"""With whom? Who was wanted does not do it."""
WHICH = "which"
"""Which of the customer's own appointments?"""
CHANGE_WHAT = "change_what"
"""What is to become of `task.targets`: which day and hour?"""
CONFIRM = "confirm"
"""The yes that the plan's writes wait for."""
DOUBT = "doubt"
"""The yes or no, or the choice, about `task.doubts[0]`."""
CANNOT = "cannot"
"""The business has no tool for what is wanted: a person is told."""
BRANCH = "branch"
"""At which of the business's branches?"""
LATE_TO_CANCEL, LATE_TO_MOVE = "late_to_cancel", "late_to_move"
"""The appointment begins so soon that the business lets nobody cancel or move it here: a person may."""
QUESTION = "question:"
"""How the step begins that asks a question of the business's own; its key follows."""
STEPS = (
    NOTHING, SERVICE, WHEN, OFFER, TAKE, NAME, EMAIL, EMAIL_NEEDED, STAFF, WHICH, CHANGE_WHAT, CONFIRM, DOUBT, CANNOT,
    LATE_TO_CANCEL, LATE_TO_MOVE, BRANCH,
)  # fmt: skip
"""All of them."""

ENDING = (CANNOT, LATE_TO_CANCEL, LATE_TO_MOVE)
"""Steps with which a task ends."""


def question_of(step: str) -> str:
    """The key of the own question that a step asks; empty for any other."""
    return step[len(QUESTION) :] if step.startswith(QUESTION) else ""


ANOTHER, NONE_OF_THEM = "another", "none"
"""What a reading refers to when it wants other offers."""

DROPPED = "dropped"
"""The task in front was given up."""
DEFERRED = "deferred"
"""The customer answers later; no time is held."""
NOTHING_OWN = "nothing_own"
"""The customer has no appointment that could be changed or cancelled."""
NOTHING_TO_UNDO = "nothing_to_undo"
"""Nothing was written that could be taken back."""
CANNOT_UNDO = "cannot_undo"
"""It was written too long ago, or its time is gone."""
KEPT = "kept"
"""A cancellation was called off: the appointment stays."""
AGREED = "agreed"
"""A yes to what was just done."""
NOT_UNDERSTOOD = "not_understood"
"""Nothing in the message was understood."""
SERIES = "series"
"""Every week was wanted, which cannot be booked: only the first date is offered."""
STOPPED = "stopped"
"""No messages that were not asked for are wanted any more."""
LATE, ARRIVED, PERSON, COMPLAINT, HEALTH, BOT = "late", "arrived", "person", "complaint", "health", "bot"
"""What the message tells or asks for besides."""
RESUMED = "resumed"
"""A task that waited is in front again."""
SAME_DATA = "same_data"
"""The data of the last visit are taken."""
THANKS, GREETING, GOODBYE, CHAT = "thanks", "greeting", "goodbye", "chat"
QUIET = (DEFERRED, GOODBYE)
"""After these nothing is asked in the same breath. After the others the planner says whether anything is."""
OFFTOPIC = "offtopic"
"""Nothing that the business has to do with."""
NOTES = (
    DROPPED, DEFERRED, NOTHING_OWN, NOTHING_TO_UNDO, CANNOT_UNDO, KEPT, AGREED, NOT_UNDERSTOOD, SERIES, STOPPED, LATE,
    ARRIVED, PERSON, COMPLAINT, HEALTH, BOT, RESUMED, SAME_DATA, THANKS, GREETING, GOODBYE, CHAT, OFFTOPIC,
)  # fmt: skip
"""All of them."""
