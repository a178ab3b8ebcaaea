#!/usr/bin/env bash
# Makes images under the very names that deploy/Dockerfile and docker-compose.yml ask for, where no
# image registry can be reached: from Debian's packages and, for the broker, its jars. They behave
# like the originals in what those two files use, and in nothing else. An image that is there
# already, original or not, is left alone. Needs root, debootstrap, Maven and a Docker engine.
#
#   tests/support/compose_standins.sh
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$root/var/standins
cd "$root"

named() { sed -n "s#^ *image: \($1:.*\)\$#\1#p" docker-compose.yml | head -n 1; }
python_tag=$(sed -n 's/^ARG PYTHON=//p' deploy/Dockerfile)
python=python:$python_tag
postgres=$(named postgres)
nginx=$(named nginx)
kafka=$(named apache/kafka)

have() { docker image inspect "$1" >/dev/null 2>&1; }

# A minimal Debian of a release, as an image of its own that the others share.
debian() {
    have "standin-debian:$1" && return
    mkdir -p "$work"
    [[ -e $work/$1/.complete ]] || {
        rm -rf "${work:?}/$1"
        debootstrap --variant=minbase --include=ca-certificates --no-check-gpg "$1" "$work/$1" >"$work/$1.log"
        touch "$work/$1/.complete"
    }
    tar -C "$work/$1" --exclude=./.complete --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' -c . |
        docker import - "standin-debian:$1" >/dev/null
}

# Builds an image from a folder with a Dockerfile.
build() {
    docker build --quiet --tag "$1" "$2" >/dev/null
    echo "made $1"
}

fresh() { rm -rf "${work:?}/$1" && mkdir -p "$work/$1"; }
install='apt-get update -qq && apt-get install -y -qq --no-install-recommends'
clean='rm -rf /var/lib/apt/lists/* /var/cache/apt/*'

if ! have "$python"; then
    debian bookworm
    fresh python
    # What this machine needs to reach its package index belongs to the base here, not to the product.
    cp /etc/ssl/certs/ca-certificates.crt "$work/python/"
    cp /etc/pip.conf "$work/python/" 2>/dev/null || : >"$work/python/pip.conf"
    cat >"$work/python/Dockerfile" <<EOF
FROM standin-debian:bookworm
RUN $install python3 python3-venv python3-pip && $clean && ln -s /usr/bin/python3 /usr/local/bin/python3 && ln -s python3 /usr/local/bin/python
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY pip.conf /etc/pip.conf
CMD ["python3"]
EOF
    build "$python" "$work/python"
fi

if ! have "$postgres"; then
    debian trixie
    fresh postgres
    cat >"$work/postgres/docker-entrypoint.sh" <<'EOF'
#!/bin/sh
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    # shellcheck disable=SC2086 - options, several words on purpose
    initdb --pgdata="$PGDATA" --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-local=trust --auth-host=scram-sha-256 $POSTGRES_INITDB_ARGS
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    createdb --username=postgres "$POSTGRES_DB"
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
EOF
    chmod 0755 "$work/postgres/docker-entrypoint.sh"
    cat >"$work/postgres/Dockerfile" <<EOF
FROM standin-debian:trixie
RUN groupadd --system --gid 999 postgres && useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres
RUN $install postgresql-17 && $clean && rm -rf /var/lib/postgresql/17 && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data /run/postgresql
COPY docker-entrypoint.sh /usr/local/bin/
ENV PATH=/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data LANG=C.UTF-8
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
EOF
    build "$postgres" "$work/postgres"
fi

if ! have "$nginx"; then
    debian trixie
    fresh nginx
    cat >"$work/nginx/Dockerfile" <<EOF
FROM standin-debian:trixie
RUN groupadd --system --gid 101 nginx && useradd --system --uid 101 --gid nginx nginx
RUN $install nginx-light curl && $clean
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
EOF
    build "$nginx" "$work/nginx"
fi

if ! have "$kafka"; then
    debian trixie
    compgen -G "var/kafka/lib/kafka_2.13-*.jar" >/dev/null || make var/kafka/lib/.complete
    fresh kafka
    cp -r var/kafka/lib "$work/kafka/libs"
    cat >"$work/kafka/run" <<'EOF'
#!/usr/bin/env bash
# As the original does it: each KAFKA_… variable becomes a property, the folder is formatted once.
set -euo pipefail
config=/tmp/server.properties
while IFS='=' read -r name value; do
    case $name in
    KAFKA_HEAP_OPTS | KAFKA_LOG4J_* | KAFKA_OPTS) continue ;;
    KAFKA_*) ;;
    *) continue ;;
    esac
    property=${name#KAFKA_}
    property=${property,,}
    echo "${property//_/.}=$value"
done < <(env) >"$config"
cat >/tmp/log4j2.properties <<END
rootLogger.level=${KAFKA_LOG4J_ROOT_LOGLEVEL:-INFO}
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %m (%c{1})%n
END
java=(java -cp '/opt/kafka/libs/*' -Dlog4j2.configurationFile=/tmp/log4j2.properties -XX:-UsePerfData)
"${java[@]}" -Xmx128m -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format --ignore-formatted \
    --config "$config" --cluster-id "$CLUSTER_ID" >/dev/null
# shellcheck disable=SC2086 - options, several words on purpose
exec "${java[@]}" ${KAFKA_HEAP_OPTS:-} kafka.Kafka "$config"
EOF
    chmod 0755 "$work/kafka/run"
    cat >"$work/kafka/Dockerfile" <<EOF
FROM standin-debian:trixie
RUN groupadd --gid 1000 appuser && useradd --uid 1000 --gid appuser appuser
RUN $install openjdk-21-jre-headless bash && $clean
COPY libs /opt/kafka/libs
COPY run /etc/kafka/docker/run
RUN install -d -o appuser -g appuser /var/lib/kafka/data
VOLUME /var/lib/kafka/data
USER appuser
EXPOSE 9092
CMD ["/etc/kafka/docker/run"]
EOF
    build "$kafka" "$work/kafka"
fi
