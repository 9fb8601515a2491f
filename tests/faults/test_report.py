"""The page in docs/ shows the last run on each database."""

from dataclasses import replace

from tests.faults.lab.report import Report


def report(database: str, seed: int, violations: int = 0) -> Report:
    """A run's figures."""
    return Report(
        seed=seed, database=database, today="2026-11-23", bookings=10, told_booked=8, messages=20, deliveries=21,
        claims={}, listed=0, longest_wait_s=1.0, faults={"kill -9 of a service": 3}, violations=violations,
        seconds=5.0, replicas=2 if database == "postgres" else 1,
    )  # fmt: skip


def test_a_run_keeps_the_other_database_s_section() -> None:
    page = report("postgres", 1).as_markdown()
    page = report("sqlite", 2, violations=1).as_markdown(page)
    page = report("sqlite", 3).as_markdown(page)
    assert page.index("## SQLite") < page.index("SEED=3") < page.index("## PostgreSQL") < page.index("SEED=1")
    assert "SEED=2" not in page
    assert "DATABASE=postgres REPLICAS=2`" in page
    assert page.count("# Faults") == 1
    assert page == report("sqlite", 3).as_markdown(page)


def test_a_run_with_rest_has_a_section_of_its_own() -> None:
    page = report("sqlite", 1).as_markdown()
    page = replace(report("sqlite", 3), rest=True, slm=True).as_markdown(page)
    page = replace(report("sqlite", 2), rest=True, by_rest=7, dead=1).as_markdown(page)
    assert page.index("SEED=1") < page.index("REST=1`") < page.index("| replies by REST | 7 |")
    assert page.index("| replies by REST | 7 |") < page.index("SEED=3 BOOKINGS=10 DATABASE=sqlite REST=1 SLM=1`")
    assert page == report("sqlite", 1).as_markdown(page)


def test_a_violation_is_seen() -> None:
    assert "| **violations** | **4** |" in report("sqlite", 1, violations=4).as_markdown()
