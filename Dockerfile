# Moorwatch as one image for all its parts: `moorwatch up | collector | monitor | analyzer | alerting`.
FROM node:24-bookworm-slim AS build
WORKDIR /app
RUN command -v g++ >/dev/null || (apt-get update && apt-get install -y --no-install-recommends python3 make g++)
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY bin bin
COPY shared shared
COPY collector collector
COPY analyzer analyzer
COPY alerting alerting
COPY cli cli
RUN npm ci && npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/src node_modules/better-sqlite3/build/Release/obj*

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/bin bin
COPY --from=build /app/analyzer/signatures analyzer/signatures
COPY --from=build /app/analyzer/exceptions analyzer/exceptions
COPY --from=build /app/analyzer/catalogue/rows.yml analyzer/catalogue/rows.yml
COPY --from=build /app/cli/demo/session.ndjson cli/demo/session.ndjson
RUN mkdir -m 700 /data && chown 10001:10001 /data
USER 10001:10001
VOLUME /data
ENV MOORWATCH_STATE_DIR=/data
ENTRYPOINT ["node", "/app/bin/moorwatch.js"]
CMD ["up"]
HEALTHCHECK --interval=30s --timeout=5s CMD ["node", "/app/bin/moorwatch.js", "healthcheck"]
