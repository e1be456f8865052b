#!/bin/sh
# Prints the secrets that docker-compose.yml asks for, made at random: deploy/secrets.sh > .env
set -eu
umask 077

for name in POSTGRES OWNERS TERRITORY CONTRACT CATALOG NOTIFICATION; do
    echo "${name}_PASSWORD=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"
done
for name in CURSOR SECRETS; do
    echo "${name}_KEY=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
done
