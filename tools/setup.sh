# Shared by tools/up and tools/test: messages, and what has to be installed before anything can be built. Sourced, not run.

# Swift that Package.swift is written for.
swift_needed=6.2

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\n%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# A Swift toolchain, new enough.
require_swift() {
    command -v swift >/dev/null || fail "there is no 'swift' in PATH. Latchkey needs Swift $swift_needed or later:
install a toolchain from https://www.swift.org/install/linux/ and put its usr/bin into PATH."
    local line version
    line=$(swift --version 2>&1) || fail "'swift --version' fails, so the toolchain is not complete:
$line"
    version=$(sed -n 's/.*Swift version \([0-9][0-9.]*[0-9]\).*/\1/p' <<<"$line" | head -n 1)
    [[ -n $version ]] || fail "'swift --version' tells no version:
$line"
    if [[ $(printf '%s\n%s\n' "$swift_needed" "$version" | sort -V | head -n 1) != "$swift_needed" ]]; then
        fail "Swift $version is too old; Latchkey needs $swift_needed or later (https://www.swift.org/install/linux/)."
    fi
    printf 'Swift %s\n' "$version"
}

# Debian packages, each with a command that succeeds where it is not needed: require_packages NAME CHECK [NAME CHECK …]
require_packages() {
    local missing=() sudo=()
    while (($# > 1)); do
        if bash -c "$2" >/dev/null 2>&1; then printf '%s: present\n' "$1"; else missing+=("$1"); fi
        shift 2
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null ||
        fail "missing: ${missing[*]}. There is no apt-get here; install what your system calls these."
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null ||
            fail "missing: ${missing[*]}. Installing needs root; run: sudo apt-get install -y ${missing[*]}"
        sudo=(sudo -n)
    fi
    printf 'installing: %s\n' "${missing[*]}"
    "${sudo[@]}" apt-get update -q
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# Whether something listens on a TCP port of this machine: port_is_taken PORT
port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port that nothing listens on.
free_port() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 12000))
        port_is_taken "$port" || { printf '%s\n' "$port"; return; }
    done
    fail "found no free TCP port from 20000 to 31999."
}
