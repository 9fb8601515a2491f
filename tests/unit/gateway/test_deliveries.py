from gateway.storage.outbox import KNOWN, earlier_than


def test_a_status_follows_only_earlier_ones() -> None:
    assert {"queued", "sent"} <= earlier_than("delivered")
    assert not {"delivered", "read"} & earlier_than("delivered")
    assert "delivered" in earlier_than("read")


def test_nothing_follows_a_failure_and_a_failure_follows_no_delivery() -> None:
    for failure in ("failed", "undelivered", "canceled"):
        assert all(failure not in earlier_than(status) for status in KNOWN)
        assert "sent" in earlier_than(failure)
        assert "delivered" not in earlier_than(failure)
