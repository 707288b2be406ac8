# The product in a container. The hub listens on loopback only, so give the container the network of its host:
#   docker build --tag phloem . && docker run --network host --volume phloem:/data phloem
FROM node:26-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN npm run bootstrap && npm run packs -- /packs

FROM node:26-bookworm-slim
RUN --mount=type=bind,from=build,source=/packs,target=/packs \
    npm install --global --offline --no-audit --no-fund /packs/phloem-[0-9]*.tgz \
    && install --directory --owner=node --group=node --mode=0700 /data
USER node
WORKDIR /data
ENV PHLOEM_DATA=/data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["node", "--eval", "fetch('http://127.0.0.1:8420/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["phloem"]
CMD ["start", "--no-open"]
