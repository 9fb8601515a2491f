"""Settings of the extractor."""

from pydantic import Field

from runtime.settings import Settings


class ExtractorSettings(Settings):
    """What the extractor reads from its environment, besides what every service reads."""

    extractor_port: int = Field(default=50051, ge=0, le=65535)
    """PULPO_EXTRACTOR_PORT. Port of the gRPC server; 0 for any free one."""
    extractor_metrics_port: int = Field(default=9051, ge=0, le=65535)
    """PULPO_EXTRACTOR_METRICS_PORT. Port of /metrics over HTTP; 0 for none."""
