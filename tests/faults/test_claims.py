"""What replies claim, on the sentences that the mesh says and on some that it never should."""

import pytest

from tests.faults.lab.claims import Claim, claim_of, days_in, ids_in, times_in

BOOKED = "¡Listo, Ana! Quedó reservado Barba el martes 17/03 a las 11:00 con Carlos. Tu código es PB-AAAAAA."


@pytest.mark.parametrize(
    ("reply", "claim"),
    [
        (BOOKED, Claim.BOOKED),
        ("¡Listo! Tu turno quedó reservado el martes 17/3 a las 11:00. Código: PB-AAAAAA.", Claim.BOOKED),
        ("Te anoté para el martes.", Claim.BOOKED),
        ("¡Listo! Tu turno de Barba quedó cambiado al lunes 16/03 a las 16:00.", Claim.MOVED),
        ("Listo, tu turno PB-AAAAAA quedó para el lunes 16/3 a las 16:00.", Claim.MOVED),
        (
            "Listo, tu turno del lunes 16/03 a las 16:00 quedó cancelado. Cuando quieras otro, escribime.",
            Claim.CANCELLED,
        ),
        ("Listo, cancelé tu turno PB-AAAAAA.", Claim.CANCELLED),
        ("¡Listo, Ana! Quedaron reservados el martes 17/3:\n10:00 Barba, código PB-AAAAAA", Claim.BOOKED),
        ("Listo, te pasé Barba del lunes 16/3 a las 9:00 al martes 17/3 a las 10:00, con Carlos.", Claim.MOVED),
        ("Listo, te lo pasé a las 10:00.", Claim.MOVED),
        ("Listo, lo dejé como estaba: Barba el lunes 16/3 a las 9:00. Código PB-AAAAAA.", Claim.MOVED),
        ("Quedó a nombre de Pedro.", Claim.MOVED),
        ("Listo, quedaron cancelados:\nlunes 16/3 9:00: Barba", Claim.CANCELLED),
        ("Listo, tu turno vuelve a estar reservado: Barba el lunes 16/3 a las 9:00.", Claim.RESTORED),
        ("Perfecto, no cancelé nada. Sigue en pie: Barba el lunes 16/3 a las 9:00.", None),
        ("¿Te lo paso a las 10:00?", None),
        ("Perdón, no pude consultar la agenda, así que no hice ningún cambio.", Claim.NOTHING_DONE),
        (
            "La agenda tardó en responder y todavía no sé si quedó. Preguntame en un rato.",
            Claim.UNSURE,
        ),
        ("Voy a cancelar tu turno de Barba del lunes 16/03 a las 16:00. ¿Confirmás?", None),
        ("¿Confirmás que cancele tu turno?", None),
        ("¿Te quedó reservado el del martes?", None),
        ("El martes está cerrado. ¿Qué otro día te queda bien?", None),
        ("El lunes 16/03 tengo libre a las 9:00, 9:15 y 9:30. ¿Cuál te queda mejor?", None),
        ("Tu próximo turno: Barba el lunes 16/03 a las 16:00. Código PB-AAAAAA.", None),
    ],
)
def test_claims_are_read(reply: str, claim: Claim | None) -> None:
    assert claim_of(reply) is claim


def test_ids_days_and_times_are_read() -> None:
    assert ids_in(BOOKED) == ["PB-AAAAAA"]
    assert days_in(BOOKED) == [(17, 3)]
    assert times_in(BOOKED) == ["11:00"]
    assert times_in("a las 9:00 y 9:15") == ["09:00", "09:15"]
