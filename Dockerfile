# Build: docker build -t loms .     Run: see compose.yaml
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run -s build && npm pack --silent --pack-destination /tmp && mv /tmp/loms-*.tgz /tmp/loms.tgz

FROM node:22-bookworm-slim
# flock (util-linux) is part of the image: the lock on the data directory needs it.
RUN useradd --system --uid 10001 --home-dir /var/lib/loms --create-home loms
WORKDIR /opt/loms
COPY --from=build /tmp/loms.tgz /tmp/loms.tgz
RUN npm install --ignore-scripts --omit=dev --no-audit --no-fund --prefix /opt/loms /tmp/loms.tgz && rm /tmp/loms.tgz && npm cache clean --force
ENV NODE_ENV=production PATH=/opt/loms/node_modules/.bin:$PATH DATA_DIR=/var/lib/loms/data
USER loms
WORKDIR /var/lib/loms
VOLUME /var/lib/loms
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:'+(process.env.PORT||8000)+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# Exec form: SIGTERM reaches the service itself.
CMD ["loms", "serve"]
