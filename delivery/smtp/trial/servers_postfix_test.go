//go:build postfix

package trial

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"keur/internal/proctest"
)

// mailServer is a real one, with its own settings, queue and log in a folder.
type mailServer struct {
	name, domain string // the domain is its own: of whose addresses it knows some
	folder       string
	port         int
}

// address is where it listens.
func (s mailServer) address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// network is where a server passes mail on to, by ports of this machine: the server
// that has far.example, Keur's listener, and a port at which nobody is.
type network struct{ far, returns, closed int }

// newMailServer makes a folder that its server's user may go through, as a test's own may not.
func newMailServer(t *testing.T, name, domain string) mailServer {
	t.Helper()
	folder, err := os.MkdirTemp("", "keur-"+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := mailServer{name: name, domain: domain, folder: folder, port: proctest.FreePort(t)}
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // another user goes through it
		t.Fatal(err)
	}
	return s
}

// write puts a file into the server's folder, or makes a folder of it.
func (s mailServer) write(t *testing.T, name, content string, owner int) {
	t.Helper()
	path := filepath.Join(s.folder, name)
	err := os.MkdirAll(filepath.Dir(path), 0o755) //nolint:gosec // as above
	if err == nil && strings.HasSuffix(name, "/") {
		err = os.MkdirAll(path, 0o755) //nolint:gosec // as above
	} else if err == nil {
		err = os.WriteFile(path, []byte(content), 0o644) //nolint:gosec // as above
	}
	if err == nil && os.Getuid() == 0 {
		err = os.Chown(path, owner, owner)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// start runs the server's program until the test ends, and returns when it greets.
// Its log goes to the test's if that failed.
func (s mailServer) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.folder, t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v; make postfix unpacks it", s.name, err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		if log, err := os.ReadFile(filepath.Join(s.folder, "main.log")); err == nil && t.Failed() {
			t.Logf("%s's log:\n%s", s.name, log)
		}
	})
	proctest.Until(t, s.name+" greets", func() bool {
		conn, err := net.Dial("tcp", s.address())
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close() }()
		line, err := bufio.NewReader(conn).ReadString('\n')
		return err == nil && strings.HasPrefix(line, "220")
	})
}

// startPostfix starts a Postfix, whose master runs as root alone.
func startPostfix(t *testing.T, s mailServer, n network) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("Postfix's master runs as root alone: sudo make postfix")
	}
	daemons := tool(t, "usr/lib/postfix/sbin")
	settings := strings.NewReplacer("FOLDER", s.folder, "OURS", s.domain, "DAEMONS", daemons, "PORT", fmt.Sprint(s.port),
		"FAR", fmt.Sprint(n.far), "RETURNS", fmt.Sprint(n.returns), "CLOSED", fmt.Sprint(n.closed),
		"ASKED", fmt.Sprint((&putOff{domain: s.domain}).listen(t)))
	s.write(t, "main.cf", settings.Replace(postfixSettings), 0)
	s.write(t, "master.cf", settings.Replace(postfixServices), 0)
	for _, queue := range []string{"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private",
		"public", "saved", "trace"} {
		s.write(t, "queue/"+queue+"/", "", 8) // mail_owner, the user mail
	}
	s.write(t, "queue/pid/", "", 0)
	s.write(t, "data/", "", 8)
	s.write(t, "boxes/", "", nobody)
	s.write(t, "boxes/overflow", strings.Repeat("x", 98_000)+"\n", nobody)
	cmd := exec.Command(filepath.Join(daemons, "master"), "-d", "-c", s.folder) //nolint:gosec // what need unpacked
	cmd.Env = []string{"MAIL_CONFIG=" + s.folder, "LD_LIBRARY_PATH=" + libraries(t)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	s.start(t, cmd)
}

// libraries is where those are that the servers link to.
func libraries(t *testing.T) string {
	return tool(t, "usr/lib/postfix") + ":" + tool(t, "usr/lib/*-linux-gnu")
}

// So that a test needn't wait for five days, both servers try again every two seconds
// what they can't pass on, tell of the delay after four, and give up after twelve.
const postfixSettings = `
compatibility_level = 3.6
queue_directory = FOLDER/queue
data_directory = FOLDER/data
daemon_directory = DAEMONS
shlib_directory = DAEMONS/..
maillog_file = FOLDER/main.log
maillog_file_prefixes = FOLDER
import_environment = MAIL_CONFIG LD_LIBRARY_PATH LANG=C
mail_owner = mail
setgid_group = uucp
default_privs = nobody
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_host_lookup = native
myhostname = mx.postfix.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = OURS
boxes = fine@OURS=boxes/fine, full@OURS=boxes/full, grey@OURS=boxes/grey, overflow@OURS=boxes/overflow
virtual_mailbox_maps = inline:{ $boxes, gone@OURS=boxes/gone }
virtual_mailbox_base = FOLDER
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
message_size_limit = 90000
virtual_mailbox_limit = 100000
smtpd_recipient_restrictions =
  check_recipient_access regexp:{ {/^full@OURS/ 552 5.2.2 Mailbox full} }
  check_policy_service inet:127.0.0.1:ASKED
transport_maps = inline:{
  {far.example = smtp:[127.0.0.1]:FAR}
  {bounce.zuinig.example = smtp:[127.0.0.1]:RETURNS}
  {closed.example = smtp:[127.0.0.1]:CLOSED} }
maximal_queue_lifetime = 12s
bounce_queue_lifetime = 12s
minimal_backoff_time = 2s
maximal_backoff_time = 2s
queue_run_delay = 2s
delay_warning_time = 4s
`

const postfixServices = `
127.0.0.1:PORT inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual -o virtual_mailbox_maps=inline:{$boxes}
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// startExim starts an Exim, as a user who owns nothing: by nss_wrapper it finds the
// user that it was built to run as, whom this machine need not have.
func startExim(t *testing.T, s mailServer, n network) {
	t.Helper()
	user := os.Getuid()
	if user == 0 {
		user = nobody
	}
	settings := strings.NewReplacer("FOLDER", s.folder, "OURS", s.domain, "PORT", fmt.Sprint(s.port), "FAR", fmt.Sprint(n.far),
		"RETURNS", fmt.Sprint(n.returns), "CLOSED", fmt.Sprint(n.closed),
		"EXIM", tool(t, "usr/sbin/exim4"))
	s.write(t, "exim.conf", settings.Replace(eximSettings), user)
	s.write(t, "passwd", fmt.Sprintf("root:x:0:0::/:/bin/sh\nDebian-exim:x:%d:%d::/:/bin/false\n", user, user), user)
	s.write(t, "group", fmt.Sprintf("root:x:0:\nDebian-exim:x:%d:\n", user), user)
	s.write(t, "spool/", "", user)
	s.write(t, "boxes/", "", user)
	s.write(t, "boxes/overflow", strings.Repeat("x", 98_000)+"\n", user)
	if err := os.Chown(s.folder, user, user); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool(t, "usr/sbin/exim4"), "-C", filepath.Join(s.folder, "exim.conf"), "-bdf", "-q2s") //nolint:gosec // as above
	cmd.Env = []string{
		"LD_PRELOAD=" + tool(t, "usr/lib/*/libnss_wrapper.so"), "LD_LIBRARY_PATH=" + libraries(t),
		"NSS_WRAPPER_PASSWD=" + filepath.Join(s.folder, "passwd"), "NSS_WRAPPER_GROUP=" + filepath.Join(s.folder, "group"),
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	s.start(t, cmd)
}

const eximSettings = `
primary_hostname = mx.exim.example
exim_path = EXIM
spool_directory = FOLDER/spool
log_file_path = FOLDER/%s.log
pid_file_path = FOLDER/exim.pid
keep_environment = LD_PRELOAD:LD_LIBRARY_PATH:NSS_WRAPPER_PASSWD:NSS_WRAPPER_GROUP
deliver_drop_privilege = true
never_users =
local_interfaces = 127.0.0.1
daemon_smtp_ports = PORT
disable_ipv6 = true
host_lookup =
tls_advertise_hosts =
acl_smtp_rcpt = rcpt
delay_warning = 4s
delay_warning_condition = true
domainlist ours = OURS
begin acl
rcpt:
  deny local_parts = full
    domains = +ours
    message = 552 5.2.2 mailbox is full
  defer local_parts = grey
    domains = +ours
    !seen = -1s / key=$local_part
    message = greylisted, please try again later
  require verify = recipient
  accept
begin routers
gone:
  driver = redirect
  local_parts = gone
  domains = +ours
  allow_fail
  no_verify
  data = :fail: user unknown in the directory
others:
  driver = manualroute
  domains = ! +ours
  transport = ${if eq{$domain}{far.example}{far}{${if eq{$domain}{closed.example}{closed}{returns}}}}
  route_list = * 127.0.0.1 byname
  self = send
box:
  driver = accept
  domains = +ours
  local_parts = fine : grey : overflow : gone
  transport = box
begin transports
box:
  driver = appendfile
  file = FOLDER/boxes/$local_part_data
  quota = 100K
far:
  driver = smtp
  port = FAR
  allow_localhost
returns:
  driver = smtp
  port = RETURNS
  allow_localhost
closed:
  driver = smtp
  port = CLOSED
  allow_localhost
begin retry
* * F,12s,2s
`

// putOff answers Postfix when it asks, by the protocol of its policy delegation,
// whether to take a mail: the first to the domain's address grey is put off.
type putOff struct {
	domain string
	mu     sync.Mutex
	seen   bool
}

// listen answers until the test ends, and returns at which port.
func (p *putOff) listen(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.answer(conn)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func (p *putOff) answer(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	recipient := ""
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if value, is := strings.CutPrefix(lines.Text(), "recipient="); is {
			recipient = value
		}
		if lines.Text() == "" {
			_, _ = fmt.Fprintf(conn, "action=%s\n\n", p.action(recipient))
		}
	}
}

func (p *putOff) action(recipient string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen || recipient != "grey@"+p.domain {
		return "DUNNO"
	}
	p.seen = true
	return "DEFER_IF_PERMIT Greylisted, please try again later"
}
