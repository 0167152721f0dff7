// Package scripts proves what the scripts say to whoever lacks something.
package scripts

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// tools are what the script itself stands on, of which every machine has these.
func tools() []string {
	return []string{"bash", "env", "sed", "sort", "head", "dirname", "id", "mkdir", "find", "chmod", "cat"}
}

// machine is one that has the tools, and of all else what a test gives it.
type machine struct {
	t           *testing.T
	root, tools string
}

// newMachine has a copy of the script, for which all folders that programs may be
// in are this machine's own.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, root: t.TempDir()}
	m.tools = filepath.Join(m.root, "bin")
	script, err := os.ReadFile("need")
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`(^|\s)(/usr/|/opt/|/Applications/)`).ReplaceAllString(string(script), "${1}"+m.root+"$2")
	m.write("scripts/need", own)
	m.write("go.mod", "module keur\n\ngo 1.26.0\n")
	for _, tool := range tools() {
		place, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		m.write("bin/"+tool, "#!/bin/sh\nexec "+place+" \"$@\"\n")
	}
	return m
}

// write gives the machine a file that can be run.
func (m *machine) write(name, text string) {
	m.t.Helper()
	path := filepath.Join(m.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil { //nolint:gosec // it is run
		m.t.Fatal(err)
	}
}

// need runs the script and returns what it said, and whether it let go on.
func (m *machine) need(thing string) (said string, fine bool) {
	m.t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		m.t.Fatal(err)
	}
	run := exec.Command(bash, filepath.Join(m.root, "scripts/need"), thing)
	run.Env = []string{"PATH=" + m.tools, "HOME=" + m.root}
	out, err := run.CombinedOutput()
	return string(out), err == nil
}

const oldGo = `#!/bin/sh
case "$*" in
"env GOVERSION") echo go1.21.4 ;;
version) [ -z "$GOTOOLCHAIN" ] && exit 1; echo go ;;
esac
`

// Whoever lacks something is told what, and how to get it.
func TestNeedSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		thing string
		has   map[string]string // programs
		want  string            // empty: all is there
	}{
		"no Go":              {"go", nil, "keur: install Go 1.26.0 or newer: https://go.dev/doc/install"},
		"an old Go":          {"go", map[string]string{"go": oldGo}, "keur: this Go is go1.21.4, and Keur needs 1.26.0 or newer: "},
		"a Go that suits":    {"go", map[string]string{"go": "#!/bin/sh\necho go1.26.3\n"}, ""},
		"no PostgreSQL":      {"postgres", nil, "keur: install PostgreSQL 15 or newer (Debian, Ubuntu: apt-get install postgresql;"},
		"PostgreSQL in PATH": {"postgres", map[string]string{"initdb": "#!/bin/sh\n"}, ""},
		"no apt rights": {"postgres", map[string]string{"apt-get": "#!/bin/sh\nexit 100\n"},
			"keur: install PostgreSQL 15 or newer"},
		"no Postfix": {"smtp-sink", nil, "keur: make bench needs smtp-sink and smtp-source of Postfix in PATH"},
		"broken Postfix": {"smtp-sink", sink("#!/bin/sh\necho libtirpc.so.3: cannot open\n"),
			"keur: smtp-sink doesn't run here: lib"},
		"Postfix was unpacked": {"smtp-sink", sink("#!/bin/sh\necho usage: smtp-sink\n"), ""},
		"no mail servers":      {"mail-servers", nil, "keur: make postfix unpacks Debian's packages of Postfix and Exim"},
		"mail servers that can't be had": {"mail-servers", map[string]string{"apt-get": "#!/bin/sh\nexit 100\n", "dpkg": "#!/bin/sh\n"},
			"keur: Postfix and Exim can't be fetched"},
		"mail servers were unpacked": {"mail-servers", map[string]string{
			".keur/tools/usr/sbin/exim4": "", ".keur/tools/usr/lib/postfix/sbin/master": ""}, ""},
		"no Patroni": {"patroni", nil, "keur: make failover unpacks Debian's packages of Patroni"},
		"a Patroni that can't be had": {"patroni", map[string]string{"apt-get": "#!/bin/sh\nexit 100\n", "dpkg": "#!/bin/sh\n"},
			"keur: Patroni and what it runs with can't be fetched"},
		"Patroni was unpacked": {"patroni", map[string]string{".keur/tools/usr/bin/patroni": "", ".keur/tools/usr/bin/pgbackrest": "",
			".keur/tools/usr/bin/etcd": "", ".keur/tools/usr/sbin/haproxy": ""}, ""},
		"no Chromium":      {"chromium", nil, "keur: install Chromium (Debian: apt-get install "},
		"Chromium in PATH": {"chromium", map[string]string{"chromium": "#!/bin/sh\n"}, ""},
		"no Firefox":       {"firefox", nil, "keur: install Firefox and put it in PATH (Debian: apt-get install firefox-esr;"},
		"Firefox in PATH":  {"firefox", map[string]string{"firefox-esr": "#!/bin/sh\n"}, ""},
		"nothing known":    {"tea", nil, "keur: scripts/need doesn't know tea"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			for program, text := range c.has {
				if !strings.Contains(program, "/") {
					program = "bin/" + program
				}
				m.write(program, text)
			}
			said, fine := m.need(c.thing)
			if fine != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("fine %t, says %q", fine, said)
			}
		})
	}
}

// PostgreSQL is found where Debian keeps it, outside of PATH.
func TestNeedFindsDebiansPostgreSQL(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write("usr/lib/postgresql/17/bin/initdb", "#!/bin/sh\n")
	m.write("usr/lib/postgresql/17/bin/postgres", "#!/bin/sh\n")
	if said, fine := m.need("postgres"); !fine {
		t.Errorf("says %q", said)
	}
}

// sink is a machine for which Postfix's programs were unpacked before.
func sink(program string) map[string]string {
	return map[string]string{".keur/tools/bin/smtp-sink": program, "apt-get": "#!/bin/sh\n", "dpkg": "#!/bin/sh\n"}
}
