"""The gRPC face of NLG: convert, compose, check, convert."""

from collections.abc import Callable, Mapping

from grpc import aio

from nlg.compose import compose
from nlg.metrics import HANDOVERS, INVALID_REPLIES, REPLIES
from nlg.schema_validation import InvalidReplyError, check
from nlg.slm.ladder import Ladder
from nlg.turn import ComposedReply, ReplyTurn
from nlg.writing.own_words import own_phrases
from nlg.writing.phrases import Phrases, resolve
from pulpo.nlg.v1 import nlg_pb2 as pb
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.errors import Kind, PulpoError
from runtime.rpc.deadline import current_track
from turn import converters, reading_converters
from turn.vocabulary import Intent
from workspace.cache import IdleCache
from workspace.model import Workspace
from workspace.registry import Registry

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["NlgService"].full_name
"""Full name of the service."""
CALLERS = {"Compose": ("gateway",)}
"""Who may call each method, besides callers that settings list."""
_SLM_TRACK = "slm"
Composer = Callable[[ReplyTurn, Workspace, Phrases], ComposedReply]


class NlgServicer(nlg_pb2_grpc.NlgServiceServicer):
    """Serves Compose."""

    def __init__(
        self,
        registry: Registry,
        phrases: Mapping[str, Phrases],
        composer: Composer = compose,
        ladder: Ladder | None = None,
    ) -> None:
        """With a `ladder`, a model may word replies anew on the slm track."""
        self._registry = registry
        self._phrases = phrases
        self._composer = composer
        self._ladder = ladder
        self._own = IdleCache[tuple[str, str], tuple[Workspace, Phrases]]()

    def _phrases_of(self, locale: str, workspace: Workspace) -> Phrases:
        """The phrases of a business in a language, made once for each form of its manifest."""
        key = (workspace.id, locale)
        made = self._own.get(key, lambda: self._made(locale, workspace))
        if made[0] is not workspace:
            made = self._made(locale, workspace)
            self._own.put(key, made)
        return made[1]

    def _made(self, locale: str, workspace: Workspace) -> tuple[Workspace, Phrases]:
        return workspace, own_phrases(resolve(locale, workspace.locale, self._phrases), workspace)

    async def Compose(  # noqa: N802 - the RPC's name
        self, request: pb.ComposeRequest, context: aio.ServicerContext[pb.ComposeRequest, pb.ComposeResponse]
    ) -> pb.ComposeResponse:
        """Writes the reply to a turn."""
        turn = _turn(request)
        workspace = self._registry.get(request.context.workspace_id)
        if workspace is None:
            raise PulpoError(
                Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "context.workspace_id names no workspace of this mesh."
            )
        phrases = self._phrases_of(request.context.locale, workspace)
        reply = self._composer(turn, workspace, phrases)
        intent = turn.intent.value
        try:
            check(reply)
            if self._ladder and current_track.get() == _SLM_TRACK:
                reply = await self._ladder.reword(reply, turn, workspace, phrases)
                check(reply)
        except InvalidReplyError:
            INVALID_REPLIES.labels(intent).inc()
            raise
        REPLIES.labels(intent, reply.next_state.name, phrases.locale).inc()
        if reply.requires_human:
            HANDOVERS.labels(intent).inc()
        return _response(reply)


def _turn(request: pb.ComposeRequest) -> ReplyTurn:
    context, intent = converters.context_from(request.context), converters.intent_from(request.intent)
    choices = map(converters.intent_from, request.choices)
    return ReplyTurn(
        intent=Intent.OTHER if intent is Intent.UNSPECIFIED else intent,
        now=context.received_at,
        topic=converters.topic_from(request.topic),
        actions=tuple(converters.action_from(action) for action in request.actions),
        needs_confirmation=request.needs_confirmation,
        missing_slots=tuple(request.missing_slots),
        observations=converters.observations_from(request.observations),
        state=converters.state_from(request.state),
        choices=tuple(choice for choice in choices if choice is not Intent.UNSPECIFIED),
        said=converters.slots_from(request.said),
        meaning=reading_converters.meaning_from(request.reading) if request.HasField("reading") else None,
        next_step=request.next_step,
        notes=tuple(request.notes),
    )


def _response(reply: ComposedReply) -> pb.ComposeResponse:
    return pb.ComposeResponse(
        message=reply.message,
        tone=pb.Tone.Value(f"TONE_{reply.tone.name}"),
        next_state=converters.stage_to(reply.next_state),
        quick_replies=reply.quick_replies,
        requires_human=reply.requires_human,
        handover_reason=reply.handover_reason or "",
        offers=[converters.offer_to(offer) for offer in reply.offers],
    )
