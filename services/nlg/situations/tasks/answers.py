"""Answers to questions, each shortly; what nobody has told the assistant goes to a person."""

from collections.abc import Callable
from dataclasses import replace

from nlg.situations.conflicts import not_offered
from nlg.situations.information import tell_offers
from nlg.situations.tasks import notes
from nlg.situations.tasks.catalogue import (
    asked_services,
    concerned_services,
    counted,
    package_of,
    services_of,
    total_price,
)
from nlg.situations.tasks.opening import tell_opening
from nlg.situations.tasks.view import TaskSituation, just
from nlg.writing.render import Draft, Say, clean
from nlg.writing.words import join_names, spell_length
from turn import steps
from turn.meaning import ANY, SAME
from turn.tools import PACKAGES, PROMOTIONS
from turn.vocabulary import HandoverReason, Intent, Stage, Subject, Topic

MOST_PRICES = 8
"""Most prices that a message lists."""
_MOST_OWN = 6
"""Most own appointments that a message lists."""


def tell_answers(situation: TaskSituation) -> list[Draft]:
    """An answer to each subject of the message, each answer once."""
    told: list[Draft] = [_known(situation, question) for question in situation.meaning.knowledge]
    told = [draft for draft in told if draft.parts]
    for subject in situation.meaning.subjects if not told else ():
        if subject in situation.turn.notes:  # health and bot are told as notes
            continue
        elsewhere = subject in _OF_SERVICES and _asks_for_what_is_not_done(situation)
        draft = _refused_service(situation) if elsewhere else _ANSWERS.get(subject, _unknown)(situation)
        told += [draft] if draft and draft not in told else []
    return told or ([_refused_service(situation)] if situation.turn.topic is Topic.NOT_OFFERED else [])


def _known(situation: TaskSituation, question: str) -> Draft:
    """The manifest's own answer to a question of its `knowledge`; nothing of one that it no longer has."""
    entry = next((one for one in situation.workspace.knowledge if one.questions[0] == question), None)
    if entry is None:
        return Draft(())
    language = situation.phrases.locale.partition("-")[0]
    return just("known_answer", {"answer": entry.answers.get(language, entry.answer)}, lists=2)


def _price(situation: TaskSituation) -> Draft:
    names = _for_everybody(situation, asked_services(situation))
    if not names:
        return _all_prices(situation)
    if len(names) == 1:
        return just("price_of", {"service": clean(names[0], 40), "price": situation.price_of(names[0])})
    lines = [_price_line(situation, name, count) for name, count in counted(names)]
    together, package = total_price(situation, names), package_of(situation, names)
    total = (Say("price_total", {"price": together}, line=True),) if together else ()
    as_one = (Say("price_package", {"item": package[0], "price": package[1]}, line=True),) if package else ()
    return Draft((*lines, *total, *as_one), lists=len(names))


def _all_prices(situation: TaskSituation) -> Draft:
    names = situation.workspace.service_names
    lines = [_price_line(situation, name, 1) for name in names[:MOST_PRICES]]
    rest = join_names(names[MOST_PRICES:], situation.phrases, 60)
    more = (Say("price_more", {"services": rest}, optional=True),) if rest else ()
    return Draft((*lines, *more), lists=len(lines))


def _price_line(situation: TaskSituation, name: str, count: int) -> Say:
    values = {"service": clean(name, 40), "price": situation.price_of(name)}
    return Say("price_of_line", {**values, "times": f"\N{NO-BREAK SPACE}× {count}" if count > 1 else ""}, line=True)


def _for_everybody(situation: TaskSituation, names: list[str]) -> list[str]:
    """One service that several persons want, once for each of them."""
    front, people = situation.front, situation.meaning.people
    count = people.count if people else front.people if front else 0
    return names * count if len(names) == 1 and 1 < count <= situation.workspace.booking.max_group_size else names


def _duration(situation: TaskSituation) -> Draft:
    names = asked_services(situation)
    found = services_of(names or situation.workspace.service_names[:MOST_PRICES], situation.workspace)
    each = [{"service": clean(one.name, 40), "length": spell_length(one.minutes)} for one in dict.fromkeys(found)]
    if len(each) == 1:
        return just("duration_of", each[0])
    lines = [Say("duration_line", values, line=True) for values in each]
    length = spell_length(sum(one.minutes for one in found))
    total = (Say("duration_total", {"length": length}, line=True),) if names else ()
    return Draft((*lines, *total), lists=len(lines))


def _address(situation: TaskSituation) -> Draft:
    branches = [one for one in situation.workspace.branches if one.address]
    if branches:
        lines = [Say("branch_line", {"branch": one.name, "address": one.address}, line=True) for one in branches]
        return Draft(tuple(lines), lists=len(lines))
    address = situation.workspace.address
    return just("address", {"address": address}) if address else _for_a_person("address_human")


def _payment(situation: TaskSituation) -> Draft:
    payment = situation.workspace.payment
    return just("payment", {"payment": payment}) if payment else _for_a_person("payment_human")


def _health(situation: TaskSituation) -> Draft:
    return notes.health(situation, True)


def _bot(situation: TaskSituation) -> Draft:
    alone = len(situation.meaning.subjects) == 1 and not situation.turn.next_step
    return notes.bot(situation, not alone)


def _unknown(situation: TaskSituation) -> Draft:
    return _for_a_person("unknown_question_again" if notes.told_before(situation) else "unknown_question")


def _for_a_person(key: str) -> Draft:
    return just(key, stage=Stage.DONE, requires_human=True, handover_reason=HandoverReason.UNKNOWN_QUESTION)


def _promotions(situation: TaskSituation) -> Draft:
    if situation.turn.topic is Topic.PACKAGES:
        offers = tell_offers(situation, PACKAGES, "packages", situation.workspace.packages, "no_packages")
    else:
        offers = tell_offers(situation, PROMOTIONS, "promotions", situation.workspace.promotions, "no_promotions")
    return replace(offers, lists=len(offers.parts) if len(offers.parts) > 1 else 0)


def _who(situation: TaskSituation) -> Draft:
    """Who does a service, whether somebody does it, or who will do what is booked."""
    names = list(dict.fromkeys(asked_services(situation)))
    asked = _staff_asked(situation)
    if asked:
        return _whether_they_do(situation, asked, names)
    own = _concerned_staff(situation)
    if own and not any(item.service for item in situation.meaning.items):
        return just("staff_of_yours", {"staff": own})
    if not names:
        return just("staff_list", {"names": join_names(situation.workspace.staff_names, situation.phrases, 100)})
    lines = tuple(
        Say("staff_of_service", {"service": clean(name, 40), "names": _doers(situation, name)}, line=len(names) > 1)
        for name in names
    )
    return Draft(lines, lists=len(lines) if len(lines) > 1 else 0)


def _staff_asked(situation: TaskSituation) -> str:
    named = [name for item in situation.meaning.items for name in item.staff if name not in (ANY, SAME)]
    said = named or [situation.turn.said.get("staff_name", "")]
    return said[0] if said[0] in situation.workspace.staff_names else ""


def _whether_they_do(situation: TaskSituation, asked: str, names: list[str]) -> Draft:
    does = next(member.service_names for member in situation.workspace.staff if member.name == asked)
    if not names:
        services = join_names(does, situation.phrases, 110)
        return just("staff_services", {"staff": asked, "services": services})
    lacking = [name for name in names if name not in does]
    if not lacking:
        return just("staff_does", {"staff": asked, "service": situation.all_of(clean(name, 40) for name in names)})
    values = {"staff": asked, "service": lacking[0]}
    able = situation.workspace.staff_for(lacking[0])
    key = "staff_who_do" if len(able) > 1 else "staff_one_does"
    return Draft((Say("staff_does_not", values), Say(key, {"names": _doers(situation, lacking[0])})))


def _doers(situation: TaskSituation, service: str) -> str:
    return join_names(situation.workspace.staff_for(service), situation.phrases, 80, last="or")


def _concerned_staff(situation: TaskSituation) -> str:
    """Who does what is chosen, was just written or comes next."""
    front, done = situation.front, situation.dialogue.done
    if front and front.chosen:
        return front.chosen.items[0].staff
    if front and front.items:
        return ""
    written = [each.after for each in reversed(done) if each.after]
    return next((one.staff for one in (*written, *situation.own) if one.staff), "")


def tell_own(situation: TaskSituation) -> Draft:
    """The customer's appointments to come."""
    if situation.dialogue.customer is None and not situation.own:
        return just("failed_agenda", stage=Stage.ERROR)
    own = situation.own
    if not own:
        return just("nothing_found")
    if len(own) == 1:
        return just("your_appointment", situation.placed_values(own[0]))
    return Draft((Say("my_appointments"), *situation.lines(own[:_MOST_OWN])), lists=len(own[:_MOST_OWN]))


def _other(situation: TaskSituation) -> Draft | None:
    """Whether the business does something; anything else is for a person."""
    names = list(dict.fromkeys(item.service for item in situation.meaning.items))
    names = [name for name in names if situation.workspace.service(name)]
    if _staff_asked(situation):
        return _whether_they_do(situation, _staff_asked(situation), names or concerned_services(situation))
    if not names:
        if situation.turn.intent is Intent.INFO_SERVICES and not situation.meaning.unread:
            listed = join_names(situation.workspace.service_names, situation.phrases, 130)
            return just("services_list", {"services": listed})
        data = situation.turn.next_step in (steps.EMAIL, steps.EMAIL_NEEDED) and steps.OFFTOPIC in situation.turn.notes
        return None if data else _unknown(situation)
    found = services_of(names, situation.workspace)
    if len(found) > 1:
        lines = [
            Say("service_line", {"service": one.name, "price": situation.price_of(one.name),
                                 "length": spell_length(one.minutes)}, line=True)
            for one in found
        ]  # fmt: skip
        return Draft((*lines, Say("ask_other_things", line=True, optional=True)), lists=len(lines))
    values = {
        "service": found[0].name,
        "price": situation.price_of(found[0].name),
        "length": spell_length(found[0].minutes),
        "names": _doers(situation, found[0].name),
    }
    return Draft((Say("service_detail", values), Say("ask_other_things", optional=True)))


def _asks_for_what_is_not_done(situation: TaskSituation) -> bool:
    named = any(situation.workspace.service(item.service) for item in situation.meaning.items)
    return situation.turn.topic is Topic.NOT_OFFERED and not named


def _refused_service(situation: TaskSituation) -> Draft:
    """A service that is not done here; asked for again, in other words."""
    if situation.front and (situation.front.items or situation.turn.next_step == steps.SERVICE):
        return just("not_offered")
    if situation.turn.state.stage is Stage.SELECCION_SERVICIO and not situation.front:
        return just("not_offered_again")
    return not_offered(situation)


_OF_SERVICES = (Subject.PRICE, Subject.DURATION, Subject.WHO, Subject.OTHER)
"""Subjects of which nothing can be said where what is asked about is not done here."""
_ANSWERS: dict[str, Callable[[TaskSituation], Draft | None]] = {
    Subject.PRICE: _price,
    Subject.DURATION: _duration,
    Subject.HOURS: tell_opening,
    Subject.ADDRESS: _address,
    Subject.PAYMENT: _payment,
    Subject.HEALTH: _health,
    Subject.WHO: _who,
    Subject.PROMOTIONS: _promotions,
    Subject.BOT: _bot,
    Subject.OWN_APPOINTMENTS: tell_own,
    Subject.PROOF: tell_own,
    Subject.OTHER: _other,
}
"""Parking, policy, preparation and products are in no manifest: they go to a person."""
