"""`python -m mesh`: prints the cluster's GRPCRoutes. `make routes` writes them to where kustomize finds them."""

import sys

from mesh.grpcroutes import grpcroutes
from mesh.table import load_table

sys.stdout.write(grpcroutes(load_table()))
