"""What operators see of turns: one log line each, metrics, and attributes on the turn's span."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from opentelemetry import trace
from prometheus_client import Counter, Gauge, Histogram

from gateway.domain.due import Due, DueStatus, Outcome
from gateway.domain.handover import HandoverKind
from gateway.domain.outgoing import Move, OutboxStatus, Outgoing
from gateway.domain.turn_types import TurnRecord
from gateway.tracks.track import LEGACY, SLM, Split
from runtime.errors import PulpoError
from runtime.observability.logs import get_logger
from runtime.observability.tracing import is_traced

TURNS = Counter("pulpo_turns_total", "Turns that ended.", ["track", "intent", "outcome"])
STAGE_SECONDS = Histogram(
    "pulpo_turn_stage_seconds",
    "Time that a stage of a turn took, all its calls together.",
    ["stage", "track"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
FALLBACKS = Counter("pulpo_turn_fallbacks_total", "Stages that gave no usable answer.", ["stage", "reason"])
INSTEAD = Counter(
    "pulpo_track_fallbacks_total",
    "Stages that the other track answered in place of the turn's own.",
    ["stage", "reason"],
)
SHADOWS = Counter("pulpo_shadow_turns_total", "Turns that the other track was to read and plan as well.", ["result"])
REPLAYS = Counter("pulpo_replays_total", "Messages that came again and got the reply they had.")
LATE = Counter("pulpo_late_answers_total", "Customers who got an apology because the deadline came first.")
ACKNOWLEDGED = Counter("pulpo_acknowledged_webhooks_total", "Webhooks answered empty, their reply going by REST.")
RESCUED = Counter("pulpo_rescued_messages_total", "Messages whose process died, answered by another.")
JOINED = Counter("pulpo_joined_messages_total", "Messages that were answered together with a later one.")
SILENT = Counter("pulpo_silent_replies_total", "Messages that only acknowledged something finished and got no answer.")
OUTBOX = Counter("pulpo_outbox_moves_total", "How replies by REST went on.", ["progress", "reason"])
ERASED = Counter("pulpo_erased_rows_total", "Rows with personal data that retention erased.", ["table"])
HANDOVERS = Counter("pulpo_gateway_handovers_total", "Messages that a person is told of, by why.", ["reason"])
HANDOVERS_OPEN = Gauge("pulpo_gateway_handovers_open", "Hand-overs that nobody has closed, in the database.", ["kind"])
HANDOVER_AGE = Gauge(
    "pulpo_gateway_handover_oldest_seconds", "Age of the oldest hand-over that nobody has closed, 0 for none.", ["kind"]
)
UNTAKEN = Gauge("pulpo_gateway_requests_untaken", "Requests of customers that nobody has taken, in the database.")
UNTAKEN_AGE = Gauge("pulpo_gateway_request_untaken_oldest_seconds", "Age of the oldest of these, 0 for none.")
TOLD = Counter(
    "pulpo_gateway_told_total",
    "What was due about hand-overs and how it ended: telling people by a channel, and the rest by its kind.",
    ["kind", "channel", "outcome", "reason"],
)
UNFORESEEN = Counter("pulpo_turn_errors_total", "Turns that failed in a way that nobody foresaw.", ["error"])
NOT_RENEWED = Counter("pulpo_lease_renewal_errors_total", "Renewals of running turns' leases that failed.", ["error"])
WEBHOOKS = Counter("pulpo_webhook_responses_total", "Answers to webhooks.", ["webhook", "status"])
REFUSED = Counter(
    "pulpo_webhook_refused_total",
    "Webhooks whose signature held and whose form could be another one's, by why.",
    ["webhook", "reason"],
)
SPLIT = Gauge("pulpo_track_share", "Share of conversations that a track gets, 0 to 1.", ["track"])
SHADOW_SHARE = Gauge("pulpo_shadow_share", "Share of turns that the other track reads and plans as well, 0 to 1.")
_log = get_logger(__name__)
_tracer = trace.get_tracer("pulpo.gateway")


class Telemetry:
    """Reports turns."""

    def turn(self, record: TurnRecord) -> None:
        """One line, one count and the stage durations of a turn."""
        timings = record.timings
        stages = {
            "extract": timings.extract,
            "plan": timings.plan,
            "policy": timings.policy,
            "broker": timings.broker,
            "reduce": timings.reduce,
            "nlg": timings.nlg,
            "total": timings.total,
        }
        _count(record, stages)
        _log.info(
            "turn",
            turn_id=record.turn_id,
            workspace=record.workspace,
            track=record.track,
            intent=record.intent.value,
            topic=record.topic.value,
            confidence=round(record.confidence, 4),
            source=record.source,
            actions=list(record.actions),
            rounds=record.rounds,
            fallback=[f"{fallback.stage}:{fallback.reason}" for fallback in record.fallbacks],
            outcome=record.outcome,
            **{f"t_{stage}_ms": round(milliseconds, 3) for stage, milliseconds in stages.items()},
        )
        span = trace.get_current_span()
        if not span.is_recording():
            return
        span.set_attribute("pulpo.track", record.track)
        span.set_attribute("pulpo.workspace", record.workspace)
        span.set_attribute("pulpo.intent", record.intent.value)
        span.set_attribute("pulpo.outcome", record.outcome)

    def replayed(self) -> None:
        """A message came again and got its stored reply."""
        REPLAYS.inc()

    def acknowledged(self) -> None:
        """A webhook was acknowledged without its reply, which goes by REST."""
        ACKNOWLEDGED.inc()

    def rescued(self) -> None:
        """A message whose process died is being answered by this one."""
        RESCUED.inc()
        _log.warning("message rescued")

    def joined(self) -> None:
        """A message is answered together with the next one."""
        JOINED.inc()

    def silent(self) -> None:
        """A message that needs no answer got none."""
        SILENT.inc()

    def moved(self, reply: Outgoing, move: Move) -> None:
        """A reply has come further."""
        OUTBOX.labels(move.progress.value, move.reason).inc()
        level = _log.info if move.progress is OutboxStatus.SENT else _log.warning
        level(
            "outbox",
            turn_id=reply.outbox_id,
            workspace=reply.workspace_id,
            outcome=move.progress.value,
            reason=move.reason,
            attempts=reply.attempts,
        )

    def erased(self, counts: Mapping[str, int]) -> None:
        """Retention has erased so many rows of each table."""
        for table, count in counts.items():
            ERASED.labels(table).inc(count)
        if any(counts.values()):
            _log.info("retention", count=sum(counts.values()))

    def handovers_open(self, open_: Mapping[HandoverKind, tuple[int, float]]) -> None:
        """So many hand-overs of each kind are open, and the oldest is so many seconds old."""
        for kind in HandoverKind:
            count, age_s = open_.get(kind, (0, 0.0))
            HANDOVERS_OPEN.labels(kind).set(count)
            HANDOVER_AGE.labels(kind).set(age_s)

    def untaken(self, opened_at: Sequence[float], now: float) -> None:
        """Requests that were opened then, in seconds since 1970, are nobody's now."""
        UNTAKEN.set(len(opened_at))
        UNTAKEN_AGE.set(max(0.0, now - min(opened_at, default=now)))

    def told(self, due: Due, outcome: Outcome) -> None:
        """Something that was due has come further. One that is only put off is not counted."""
        if outcome.status is DueStatus.WAITING and not outcome.reason:
            return
        TOLD.labels(due.kind, due.channel, outcome.status, outcome.reason).inc()
        level = _log.warning if outcome.status in (DueStatus.DEAD, DueStatus.WAITING) else _log.info
        level(
            "due",
            workspace=due.workspace_id,
            kind=due.kind.value,
            target=due.channel,
            outcome=outcome.status.value,
            reason=outcome.reason,
            attempts=due.attempts,
        )

    def late(self) -> None:
        """A customer got an apology because the deadline came first."""
        LATE.inc()

    def unforeseen(self, error: Exception) -> None:
        """A turn failed in a way that nobody foresaw. Its type and frames are logged, its text is not."""
        UNFORESEEN.labels(type(error).__name__).inc()
        _log.error("turn failed", exc_info=error)

    def not_renewed(self, error: Exception) -> None:
        """The leases of the running turns could not be renewed this time. A database that is away is foreseen."""
        NOT_RENEWED.labels(type(error).__name__).inc()
        if isinstance(error, PulpoError):
            _log.warning("leases not renewed", reason=error.reason)
        else:
            _log.error("leases not renewed", exc_info=error)

    def shadowed(self, result: str) -> None:
        """What came of a turn that the other track was to read and plan as well: kept, dropped or failed."""
        SHADOWS.labels(result).inc()

    def split_changed(self, split: Split) -> None:
        """The share of the tracks is this from now on."""
        SPLIT.labels(SLM).set(split.slm_percent / 100)
        SPLIT.labels(LEGACY).set(1 - split.slm_percent / 100)
        SHADOW_SHARE.set(split.shadow_percent / 100)
        _log.info("track split", slm_percent=split.slm_percent, shadow_percent=split.shadow_percent)

    def split_broken(self, name: str) -> None:
        """A setting in the watched file cannot be read; the split stays as it was."""
        _log.error("track setting cannot be read", reason=name)


def _count(record: TurnRecord, stages: Mapping[str, float]) -> None:
    """A turn's part in the metrics; `stages` in milliseconds."""
    for stage, milliseconds in stages.items():
        STAGE_SECONDS.labels(stage, record.track).observe(milliseconds / 1000)
    for fallback in record.fallbacks:
        FALLBACKS.labels(fallback.stage, fallback.reason).inc()
    for each in record.instead:
        INSTEAD.labels(each.stage, each.reason).inc()
    if record.handover:
        HANDOVERS.labels(record.handover).inc()
    TURNS.labels(record.track, record.intent, record.outcome).inc()


def count_webhook(webhook: str, status: int) -> None:
    """Counts an answer to a webhook."""
    WEBHOOKS.labels(webhook, str(status)).inc()


def count_refused(webhook: str, reason: str) -> None:
    """Counts a form that was signed and refused."""
    REFUSED.labels(webhook, reason).inc()


def webhook_span(path: str) -> AbstractContextManager[object]:
    """The span of a webhook, the root of its turn's trace."""
    if not is_traced():
        return nullcontext()
    return _tracer.start_as_current_span(
        f"POST {path}",
        kind=trace.SpanKind.SERVER,
        attributes={"http.request.method": "POST", "http.route": path},
        record_exception=False,
        set_status_on_exception=False,
    )
