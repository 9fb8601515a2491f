"""What Envoy thinks of the hosts behind it."""

import httpx2

_OUT = {"failed_active_health_check", "failed_outlier_check", "pending_active_hc"}


async def healthy_hosts(admin: str, cluster: str) -> int:
    """How many hosts of a cluster get calls; `admin` is Envoy's own interface, host:port."""
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://{admin}/clusters?format=json")
    for found in answer.json()["cluster_statuses"]:
        if found["name"] == cluster:
            return sum(not set(host["health_status"]) & _OUT for host in found.get("host_statuses", []))
    return 0
