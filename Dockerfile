# nod and nothing else: no shell, no libraries, an unprivileged user. docs/install.md says how to run it.
#
#   docker build -t nod .
#
# Where Go's module proxy cannot be reached, name another: --build-arg GOPROXY=…
FROM golang:1.26 AS build
ARG GOPROXY
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# What nod version says where the copy has no .git.
ARG RELEASE
RUN make build RELEASE=$RELEASE

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/bin/nod /nod
ENV NOD_ADDR=:8080
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s CMD ["/nod", "ready"]
ENTRYPOINT ["/nod"]
CMD ["serve"]
