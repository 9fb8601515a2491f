"""Settings of NLG."""

from pydantic import Field

from runtime.settings import Settings


class NlgSettings(Settings):
    """What NLG reads from its environment, besides what every service reads."""

    nlg_port: int = Field(default=50054, ge=0, le=65535)
    """PULPO_NLG_PORT. Port of the gRPC server; 0 for any free one."""
    nlg_metrics_port: int = Field(default=9054, ge=0, le=65535)
    """PULPO_NLG_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
