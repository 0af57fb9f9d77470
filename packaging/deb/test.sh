#!/bin/sh
# In a fresh Debian 12: installs the version before, runs a box on it, upgrades to a package, sees
# that nothing was lost, uninstalls it in both ways. Needs root.
#
#   packaging/deb/test.sh PACKAGE BEFORE CACHE
#
# Always: the processes run as their own users, keys come as systemd would hand them over, and the
# broker has the configuration of firmware_config/mosquitto.
set -eu
package=$1
before=$2
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=fresh_root.sh
. "$here/fresh_root.sh"
fresh_root "$(dpkg --print-architecture)" "$3"
site=/srv/site
settings=/etc/watchpost/watchpost.toml
parts=

python() { inside /opt/watchpost/bin/python3 -I "$@"; }
fleet() {
  inside env WATCHPOST_FLEET=$site/fleet WATCHPOST_FLEET_PASSPHRASE='a sentence for this test' \
    watchpost fleet "$@"
}

# What a person may not lose: settings, keys, passwords, certificate, list, hits that wait.
kept() {
  inside sh -c 'cd /var/lib/watchpost && find /etc/watchpost /etc/credstore watchlist \
    status/users.json -type f -exec sha256sum {} + | sort'
}
waiting() {
  # As a user of the box: SQLite makes files beside the spool.
  inside setpriv --reuid=watchpost-report --regid=watchpost --clear-groups python3 -c '
import sqlite3
spool = sqlite3.connect("/var/lib/watchpost/spool.db")
print(spool.execute("SELECT backlog FROM tally").fetchone()[0])'
}
everything() {
  find "$root/etc" "$root/var/lib" "$root/run" "$root/opt" -printf '%p %m %u %g %s %T@\n' |
    sort | sha256sum
}

start() { # PART KEY...: as its unit does
  part=$1
  shift
  credentials=/run/credentials/$part
  inside install -d -m 500 -o "watchpost-$part" "$credentials"
  for key in "$@"; do
    inside install -m 400 -o "watchpost-$part" "/etc/credstore/$key" "$credentials/"
  done
  become_inside setpriv --reuid="watchpost-$part" --regid=watchpost --clear-groups \
    env CREDENTIALS_DIRECTORY="$credentials" HOME=/ watchpost "$part" --config $settings \
    >"$work/$part.log" 2>&1 &
  parts="$parts $!"
  last=$!
}
start_box() {
  start report watchlist-key
  start status evidence-key
  start recognise watchlist-key evidence-key
}
stop_box() {
  # One may have ended already: the clip has an end.
  for process in $parts; do kill "$process" 2>/dev/null || true; done
  for process in $parts; do wait "$process" 2>/dev/null || true; done
  parts=
}
trap 'stop_box; close_root' EXIT
await() { # WHAT COMMAND...
  what=$1
  shift
  for _ in $(seq 240); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.5
  done
  tail -n 5 "$work"/*.log >&2
  fails "$what"
}
is_up() { inside sh -c 'cd /run/watchpost && ls recognise.json report.json status.json'; }
has_list() { inside sh -c 'ls /var/lib/watchpost/watchlist/*'; }

says "install the version before: $(basename "$before")"
mkdir "$root$site"
cp "$before" "$root/srv/before.deb"
cp "$package" "$root/srv/new.deb"
cp "$here/demo_site.py" "$root/srv/"
inside apt-get install -qq -y --no-install-recommends /srv/before.deb >"$work/apt.log"
inside watchpost --version

says "a register with the demo's people, a fleet, a bundle"
python /srv/demo_site.py $site
fleet init $site/fleet
fleet broker --out $site localhost
fleet receiver --out $site hub-1
fleet add --out $site door-1 --site demo --broker localhost \
  --source "file://$site/repository" --root $site/register/root.json
chmod 755 "$root$site/repository"
clip=$(inside find /opt/watchpost -name clip.mp4)

says "watchpost install --dry-run changes nothing"
before_it=$(everything)
inside watchpost install --dry-run --bundle $site/demo_door-1.watchpost.zip --camera "$clip"
[ "$before_it" = "$(everything)" ] || fails "a dry run changed something"

says "watchpost install, twice"
inside watchpost install --bundle $site/demo_door-1.watchpost.zip --camera "$clip" >/dev/null
# This root has no NTP of its own to ask.
printf '\n[clock]\ntrust = "system"\n' >>"$root$settings"
before_it=$(everything)
inside watchpost install >"$work/again"
head -n 1 "$work/again"
grep -qx '0 changes made.' "$work/again" || fails "a second installation changed something"
[ "$before_it" = "$(everything)" ] || fails "a second installation changed something"

says "run: the broker is away, so hits wait"
start_box
await "no list came" has_list
await "the clip did not end" sh -c "! kill -0 $last 2>/dev/null"
stop_box
hits=$(waiting)
echo "hits that wait: $hits"
[ "$hits" -gt 0 ] || fails "nobody was recognised"

says "upgrade to $(basename "$package")"
before_it=$(kept)
inside apt-get install -qq -y --no-install-recommends /srv/new.deb >"$work/apt.log"
[ "$before_it" = "$(kept)" ] || fails "the upgrade changed settings, keys or the list"
[ "$hits" = "$(waiting)" ] || fails "the upgrade lost hits"
echo "$before_it" | wc -l | sed 's/$/ files are as they were/'
inside watchpost --version
inside watchpost install | grep -x '[0-9]* changes made.'
# The part of picamera2 that is built for a NumPy is the package's own (ADR 0033).
inside /opt/watchpost/bin/python3 -I -c 'import numpy, simplejpeg
assert simplejpeg.__file__.startswith("/opt/watchpost/"), simplejpeg.__file__
print("NumPy", numpy.__version__, "simplejpeg", simplejpeg.__version__)'

says "run: the broker is back"
mkdir "$root/srv/broker" "$root/srv/broker/certs"
sed 's,/etc/mosquitto/,/srv/broker/,' "$here/../../firmware_config/mosquitto/watchpost.conf" \
  >"$root/srv/broker/broker.conf"
printf 'user root\npersistence_location /srv/broker/\nlog_type all\n' >>"$root/srv/broker/broker.conf"
cp "$here/../../firmware_config/mosquitto/watchpost.acl" "$root/srv/broker/"
cp "$root$site/fleet/ca.pem" "$root$site/fleet/revoked.crl" "$root$site"/server.* \
  "$root/srv/broker/certs/"
become_inside mosquitto -c /srv/broker/broker.conf >"$work/broker.log" 2>&1 &
parts="$parts $!"
become_inside watchpost hits --broker mqtts://localhost:8883 --ca-file $site/fleet/ca.pem \
  --cert-file $site/hub-1.pem --key-file $site/hub-1.key --count "$hits" --timeout 180 \
  >"$work/hits.log" 2>&1 &
reader=$!
parts="$parts $reader"
await "the receiver does not listen" grep -q 'hub-1 [12] watchpost' "$work/broker.log"
rm -f "$root"/run/watchpost/*.json # as a start of the machine does
start_box
await "a process did not start" is_up
inside watchpost doctor || true
wait "$reader" || { cat "$work/hits.log"; fails "hits did not arrive"; }
cat "$work/hits.log"
stop_box
# With a list of its own: one of the version before may be of a pack that people were not enrolled
# with, which the doctor then says.
says "run: the demo of the new version"
inside watchpost demo --json | tail -n 1

says "watchpost uninstall --purge: keys, then what is about people, then the rest"
inside watchpost uninstall --purge | tee "$work/removal"
order=$(grep -v '^disable' "$work/removal" | awk '
  /^overwrite and remove / { stage = 1 }
  /^remove \/var\/lib\/watchpost\/./ { stage = 2 }
  /^remove \/etc|^remove user|^take/ { stage = 3 }
  /^(overwrite|remove|take)/ { printf "%d", stage }')
echo "$order" | grep -Eqx '1+2+3+' || fails "the order was $order"
inside apt-get purge -qq -y watchpost >"$work/apt.log"
[ -z "$(left_behind)" ] || fails "left behind: $(left_behind)"
echo "nothing is left"

says "apt purge alone, of a box that a bundle set up"
inside apt-get install -qq -y --no-install-recommends /srv/new.deb >"$work/apt.log"
bundle=$site/demo_door-2.watchpost.zip
fleet add --out $site door-2 --site demo --broker localhost >/dev/null
inside watchpost provision $bundle | grep -E 'changes made|was wiped'
[ ! -e "$root$bundle" ] || fails "the bundle is still there"
inside apt-get purge -qq -y watchpost >"$work/apt.log"
[ -z "$(left_behind)" ] || fails "left behind: $(left_behind)"
echo "nothing is left"
