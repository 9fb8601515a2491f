"""Environment variables of the planner."""

from pydantic import Field

from runtime.settings import Settings


class PlannerSettings(Settings):
    """What the planner reads from its environment, besides what every service reads."""

    planner_port: int = Field(default=50052, ge=0, le=65535)
    """PULPO_PLANNER_PORT. Port of the gRPC server; 0 for any free one."""
    planner_metrics_port: int = Field(default=9052, ge=0, le=65535)
    """PULPO_PLANNER_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
