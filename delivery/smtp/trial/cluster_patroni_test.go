//go:build patroni

package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"keur/internal/pgtest"
	"keur/internal/proctest"
)

// deploy has the files that people run Keur's PostgreSQL by: what is proven here is
// what stands there, but for addresses, folders, passwords and sizes.
const deploy = "../../../deploy"

// cluster is two PostgreSQL under Patroni, one etcd, which is enough to elect by, and
// HAProxy before them, all on this machine. Its passwords are all the same.
type cluster struct {
	t        *testing.T
	account  account
	folder   string
	programs string // where PostgreSQL's are
	etcd     int    // ports
	primary  int    // of HAProxy
	nodes    [2]*node
}

// node is one PostgreSQL and the Patroni that it runs by.
type node struct {
	name       string
	folder     string
	port, rest int
	patroni    *exec.Cmd
}

const password = "a-password-of-the-rehearsal"

// newCluster returns when one of the two leads, the other is waited for, and HAProxy
// leads to the first; there is a base with the schema.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	folder, err := os.MkdirTemp("", "keur-patroni-")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, account: serverAccount(t), folder: folder, programs: postgresPrograms(t),
		etcd: proctest.FreePort(t), primary: proctest.FreePort(t)}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	c.own(folder)
	for i := range c.nodes {
		name := fmt.Sprintf("db%d", i+1)
		c.nodes[i] = &node{name: name, folder: c.makeFolder(name), port: proctest.FreePort(t), rest: proctest.FreePort(t)}
	}
	c.makeFolder("repository")
	certificate, key := selfSigned(t)
	c.write("server.crt", certificate, 0o600)
	c.write("server.key", key, 0o600)
	c.startEtcd()
	for _, n := range c.nodes {
		c.configure(n)
		c.start(n)
	}
	c.awaitPair()
	c.backUp(c.leader(), "stanza-create")
	c.startHAProxy()
	c.makeBase()
	return c
}

// serve runs a program as the server's account until the test ends. What it says goes
// to the test's log, if that failed.
func (c *cluster) serve(name string, env []string, program string, args ...string) *exec.Cmd {
	c.t.Helper()
	log, err := os.CreateTemp("", "keur-"+name)
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.Command(program, args...) //nolint:gosec // what need unpacked
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env = c.folder, log, log, append(env, "LANG=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM, Credential: c.account.credential}
	if err := cmd.Start(); err != nil {
		c.t.Fatalf("%s: %v; make failover unpacks it", name, err)
	}
	c.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
		}
		if said, err := os.ReadFile(log.Name()); err == nil && c.t.Failed() {
			c.t.Logf("%s said:\n%s", name, said[max(0, len(said)-6000):])
		}
		_ = os.Remove(log.Name())
	})
	return cmd
}

func (c *cluster) startEtcd() {
	clients, peers := fmt.Sprintf("http://127.0.0.1:%d", c.etcd), fmt.Sprintf("http://127.0.0.1:%d", proctest.FreePort(c.t))
	c.serve("etcd", nil, tool(c.t, "usr/bin/etcd"), "--name=etcd1", "--data-dir="+filepath.Join(c.folder, "etcd"),
		"--listen-client-urls="+clients, "--advertise-client-urls="+clients, "--listen-peer-urls="+peers,
		"--initial-advertise-peer-urls="+peers, "--initial-cluster=etcd1="+peers)
	proctest.Until(c.t, "etcd answers", func() bool { return answers(clients + "/health") })
}

// configure writes the node's settings: deploy's, by this machine's names. Of the
// times Patroni has only the shortest that it allows.
func (c *cluster) configure(n *node) {
	c.write(n.name+".yml", c.rewritten("patroni/patroni.yml", []string{
		"name: db1 # CHANGE: another one on each machine", "name: " + n.name,
		"0.0.0.0:8008", at(n.rest),
		"db1.example:8008 # CHANGE", at(n.rest),
		"etcd1.example:2379,etcd2.example:2379,etcd3.example:2379", at(c.etcd),
		"ttl: 30", "ttl: 20",
		"loop_wait: 10", "loop_wait: 2",
		"retry_timeout: 10", "retry_timeout: 5",
		"shared_buffers: 2GB # CHANGE: a quarter of the memory", "shared_buffers: 128MB",
		"/etc/ssl/certs/ssl-cert-snakeoil.pem # CHANGE: this is Debian's, which no client can check", filepath.Join(c.folder, "server.crt"),
		"/etc/ssl/private/ssl-cert-snakeoil.key # CHANGE", filepath.Join(c.folder, "server.key"),
		"0.0.0.0:5432", at(n.port),
		"db1.example:5432 # CHANGE", at(n.port),
		"data_dir: /var/lib/postgresql/keur", "data_dir: " + n.data() + "\n  parameters:\n    unix_socket_directories: " + n.folder,
		"/usr/lib/postgresql/15/bin", c.programs,
		"username: postgres", "username: " + c.account.name,
		"password: CHANGE", "password: " + password,
	}), 0o600)
	c.write(n.name+".pgbackrest", c.rewritten("pgbackrest.conf", []string{
		"repo1-path=/var/lib/pgbackrest", "repo1-path=" + filepath.Join(c.folder, "repository") + "\nlog-path=" + n.folder +
			"\nlock-path=" + n.folder + "\nspool-path=" + n.folder,
		"cipher-pass=CHANGE", "cipher-pass=" + password,
		"pg1-path=/var/lib/postgresql/keur", "pg1-path=" + n.data(),
		"pg1-port=5432", fmt.Sprintf("pg1-port=%d\npg1-socket-path=%s", n.port, n.folder),
	}), 0o600)
	// By this name the settings archive the log.
	c.makeFolder(filepath.Join(n.name, "bin"))
	c.write(filepath.Join(n.name, "bin", "pgbackrest"), fmt.Sprintf("#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s --config=%s \"$@\"\n",
		tool(c.t, "usr/lib/*-linux-gnu"), tool(c.t, "usr/bin/pgbackrest"), filepath.Join(c.folder, n.name+".pgbackrest")), 0o700)
}

// start starts the node's Patroni, and that its PostgreSQL.
func (c *cluster) start(n *node) {
	n.patroni = c.serve(n.name, n.environment(c), "/usr/bin/python3", tool(c.t, "usr/bin/patroni"), filepath.Join(c.folder, n.name+".yml"))
	c.t.Cleanup(func() { // of a test that failed they may be frozen; Patroni ends in order with its PostgreSQL
		for _, pid := range n.processes(c.t) {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	})
}

// environment is what Patroni's programs run with: Debian's Python, with the modules that need unpacked.
func (n *node) environment(c *cluster) []string {
	return []string{"HOME=" + n.folder, "PATH=" + filepath.Join(n.folder, "bin") + ":" + c.programs + ":/usr/bin:/bin",
		"PYTHONPATH=" + tool(c.t, "usr/lib/python3/dist-packages"), "LD_LIBRARY_PATH=" + tool(c.t, "usr/lib/*-linux-gnu")}
}

// ctl runs patronictl, as a person does.
func (c *cluster) ctl(args ...string) {
	c.t.Helper()
	n := c.nodes[0]
	args = append([]string{tool(c.t, "usr/bin/patronictl"), "-c", filepath.Join(c.folder, n.name+".yml")}, args...)
	if said, err := c.command(n, "/usr/bin/python3", args...).CombinedOutput(); err != nil {
		c.t.Fatalf("patronictl: %v\n%s", err, said)
	}
}

// backUp runs pgBackRest at the node.
func (c *cluster) backUp(n *node, args ...string) {
	c.t.Helper()
	program := filepath.Join(n.folder, "bin", "pgbackrest")
	if said, err := c.command(n, program, append([]string{"--stanza=keur"}, args...)...).CombinedOutput(); err != nil {
		c.t.Fatalf("pgbackrest %s: %v\n%s", args, err, said)
	}
}

// command is one that runs as the server's account, by what the node runs by.
func (c *cluster) command(n *node, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(c.t.Context()), program, args...) //nolint:gosec // what need unpacked
	cmd.Dir, cmd.Env = c.folder, append(n.environment(c), "LANG=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account.credential}
	return cmd
}

// startHAProxy starts it with deploy's file, by names as that has them: they are looked
// up. It takes both servers to lead until it has asked each, which is long before it is used.
func (c *cluster) startHAProxy() {
	changes := []string{"bind :5000", "bind " + at(c.primary), "bind :5001", "bind " + at(proctest.FreePort(c.t))}
	for _, n := range c.nodes {
		changes = append(changes, n.name+".example:5432 check port 8008", fmt.Sprintf("localhost:%d check port %d", n.port, n.rest))
	}
	c.write("haproxy.cfg", c.rewritten("haproxy.cfg", changes), 0o600)
	c.serve("haproxy", []string{"LD_LIBRARY_PATH=" + tool(c.t, "usr/lib/*-linux-gnu")}, tool(c.t, "usr/sbin/haproxy"),
		"-db", "-f", filepath.Join(c.folder, "haproxy.cfg"))
}

// makeBase makes the roles and the base as docs/first-hour.md says, and migrates.
func (c *cluster) makeBase() {
	both := []int{c.nodes[0].port, c.nodes[1].port}
	admin := pgtest.Open(c.t, c.url(c.account.name, "postgres", both...))
	for _, step := range []string{
		`CREATE ROLE keur_owner LOGIN PASSWORD '` + password + `' CREATEROLE`,
		`CREATE ROLE keur_login LOGIN PASSWORD '` + password + `'`,
		`CREATE DATABASE keur OWNER keur_owner`,
	} {
		admin.MustExec(step)
	}
	owner := c.url("keur_owner", "keur", both...)
	pgtest.Migrate(c.t, owner)
	pgtest.Open(c.t, owner).MustExec(`GRANT keur_app TO keur_login`)
}

// url is that of a base at ports of this machine.
func (c *cluster) url(user, base string, ports ...int) string {
	var places []string
	for _, port := range ports {
		places = append(places, at(port))
	}
	return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=require&timezone=%s", user, password, strings.Join(places, ","), base,
		pgtest.Zone)
}

// anyURL is the application's and names both servers; proxyURL is too, and names
// HAProxy alone. adminURL is of who may do all.
func (c *cluster) anyURL() string {
	return c.url("keur_login", "keur", c.nodes[0].port, c.nodes[1].port)
}

func (c *cluster) proxyURL() string { return c.url("keur_login", "keur", c.primary) }

func (c *cluster) adminURL() string {
	return c.url(c.account.name, "keur", c.nodes[0].port, c.nodes[1].port)
}

// awaitPair waits until one node leads and the other is waited for at each commit.
func (c *cluster) awaitPair() {
	c.t.Helper()
	proctest.Until(c.t, "one leads and the other is waited for", func() bool {
		return c.leader() != nil && c.roles()["sync_standby"] != ""
	})
}

// leader returns the node that leads as Patroni says there, or nil.
func (c *cluster) leader() *node {
	for _, n := range c.nodes {
		if n.is("primary") {
			return n
		}
	}
	return nil
}

// other returns the node that n isn't.
func (c *cluster) other(n *node) *node {
	if n == c.nodes[0] {
		return c.nodes[1]
	}
	return c.nodes[0]
}

// roles returns who has which role, as Patroni shows the cluster.
func (c *cluster) roles() map[string]string {
	var shown struct {
		Members []struct{ Name, Role, State string }
	}
	roles := map[string]string{}
	for _, n := range c.nodes {
		answer, err := (&http.Client{Timeout: time.Second}).Get(fmt.Sprintf("http://%s/cluster", at(n.rest)))
		if err != nil {
			continue
		}
		err = json.NewDecoder(answer.Body).Decode(&shown)
		_ = answer.Body.Close()
		if err != nil {
			continue
		}
		for _, m := range shown.Members {
			if m.State == "running" || m.State == "streaming" {
				roles[m.Role] = m.Name
			}
		}
		return roles
	}
	return roles
}

// is asks the node's Patroni whether it has a role: primary or replica.
func (n *node) is(role string) bool { return answers(fmt.Sprintf("http://%s/%s", at(n.rest), role)) }

func (n *node) data() string { return filepath.Join(n.folder, "data") }

// postmaster returns the process of the node's PostgreSQL, or 0.
func (n *node) postmaster() int {
	text, _ := os.ReadFile(filepath.Join(n.data(), "postmaster.pid"))
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// processes returns those of the node: PostgreSQL's, its first one before the others, and Patroni's.
func (n *node) processes(t *testing.T) []int {
	t.Helper()
	said, err := exec.CommandContext(context.Background(), "ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for line := range strings.Lines(string(said)) {
		var pid, parent int
		if _, err := fmt.Sscan(line, &pid, &parent); err == nil {
			children[parent] = append(children[parent], pid)
		}
	}
	var all []int
	if first := n.postmaster(); first > 0 {
		all = append(append(all, first), children[first]...)
	}
	return append(append(all, n.patroni.Process.Pid), children[n.patroni.Process.Pid]...)
}

// signal tells all processes of the node: as a machine that is lost, hangs or wakes up.
func (n *node) signal(t *testing.T, what syscall.Signal) {
	t.Helper()
	for _, pid := range n.processes(t) {
		_ = syscall.Kill(pid, what) // it may have ended meanwhile
	}
}

// at is an address of this machine.
func at(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// answers reports whether the address says that all is well.
func answers(url string) bool {
	answer, err := (&http.Client{Timeout: time.Second}).Get(url)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}
