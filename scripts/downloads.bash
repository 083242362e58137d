# What download_pretrained and download_datasets share; sourced by them. They set `name` for messages.
# PLAYSLOT_DOWNLOAD_BASE takes the place of the authors' server, for mirrors and tests.

download_base=${PLAYSLOT_DOWNLOAD_BASE:-https://uni-bonn.sciebo.de/s}

say() { printf '%s: %s\n' "$name" "$*" >&2; }
fail() { say "$*"; exit 1; }
need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" > /dev/null || fail "'$tool' is needed (Debian: apt-get install $tool)"
    done
}

# transfer URL FILE: one try, going on where FILE ends; the status is curl's
transfer() {
    curl --fail --location --show-error --silent --connect-timeout 20 --speed-limit 1 --speed-time 60 \
        --continue-at - --output "$2" "$1"
}

# download URL FILE: FILE appears when it is complete; what arrived so far waits as FILE.part, also for the next run
download() {
    local url=$1 file=$2 try status size=-1
    [ ! -s "$file.part" ] || say "going on after $(stat -c %s "$file.part") bytes"
    for try in 1 2 3 4 5 6; do
        status=0
        transfer "$url" "$file.part" || status=$?
        case $status in
        0)
            mv "$file.part" "$file"
            return 0
            ;;
        5 | 6 | 7) fail "no network: '$url' cannot be reached (curl: $status)" ;;
        22) fail "the server has no '$url' (any more?)" ;;
        23) fail "cannot write '$file.part': is the disk full?" ;;
        33 | 36)
            say "the server cannot go on in the middle: from the beginning"
            rm -f "$file.part"
            ;;
        *)
            [ "$(stat -c %s "$file.part" 2> /dev/null || echo 0)" != "$size" ] || sleep 2 # nothing arrived
            size=$(stat -c %s "$file.part" 2> /dev/null || echo 0)
            say "the transfer broke after $size bytes (curl: $status), try $try of 6"
            ;;
        esac
    done
    fail "the transfer keeps breaking; what arrived is kept in '$file.part': start again later"
}

# move_into FROM TO: the entries of folder FROM; existing files are replaced, others stay
move_into() {
    mkdir -p "$2"
    cp -al "$1/." "$2/" 2> /dev/null || cp -a "$1/." "$2/"
    rm -rf "$1"
}
