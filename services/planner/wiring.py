"""Puts a planner together: rules alone, or models that the rules judge where settings name them."""

from planner.ladder import Ladder
from planner.servicer import PlannerServicer
from planner.settings import PlannerSettings
from runtime.models.client import ChatModel, make_http_client
from runtime.service import Close
from workspace.registry import Registry


def make_servicer(registry: Registry, settings: PlannerSettings) -> tuple[PlannerServicer, list[Close]]:
    """The servicer, and what to close after it. Without a model's URL nothing of models is made."""
    backends = settings.backends()
    if not backends:
        return PlannerServicer(registry), []
    http = make_http_client()
    models = [ChatModel(backend, http) for backend in backends]
    return PlannerServicer(registry, ladder=Ladder(models, registry, settings.slm_planner_max_tokens)), [http.aclose]
