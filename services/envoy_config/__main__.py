"""`python -m envoy_config` prints the cluster's GRPCRoutes. `make routes` writes them to where kustomize finds them."""

import sys

from envoy_config.grpcroutes import grpcroutes
from envoy_config.table import load_table

sys.stdout.write(grpcroutes(load_table()))
