"""Builds the planner from its settings: rules, and models whose plans the rules judge where any are named."""

from planner.servicer import PlannerServicer
from planner.settings import PlannerSettings
from planner.slm.ladder import Ladder
from planner.slm.model_planner import ModelPlanner
from runtime.models.client import ChatModel, make_http_client
from runtime.service import Close
from workspace.registry import Derived, Registry


def make_servicer(
    registry: Registry, settings: PlannerSettings, *, warm: bool = False
) -> tuple[PlannerServicer, list[Close]]:
    """The servicer, and what to close after it. Without a model's URL nothing of models is made; with
    `warm`, models are asked in the background before anybody waits for them."""
    backends = settings.backends()
    if not backends:
        return PlannerServicer(registry), []
    http = make_http_client()
    models = [ChatModel(backend, http) for backend in backends]
    planners = Derived(registry, lambda workspace: ModelPlanner(workspace, settings.slm_planner_max_tokens))
    ladder = Ladder(models, planners)
    if warm:
        ladder.start()
    return PlannerServicer(registry, ladder=ladder), [ladder.close, http.aclose]
