//go:build patroni

package trial

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// account is whom PostgreSQL and Patroni run as.
type account struct {
	name       string
	credential *syscall.Credential // nil: this user
}

// serverAccount is this user, or, as PostgreSQL refuses to run as root, postgres.
func serverAccount(t *testing.T) account {
	t.Helper()
	if os.Getuid() != 0 {
		u, err := user.Current()
		if err != nil {
			t.Fatal(err)
		}
		return account{name: u.Username}
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("root can't run PostgreSQL, and there is no user postgres: %v", err)
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	if uidErr != nil || gidErr != nil {
		t.Fatalf("the user postgres has odd numbers: %v, %v", uidErr, gidErr)
	}
	return account{u.Username, &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// postgresPrograms returns the folder where Debian has the newest PostgreSQL's programs.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no PostgreSQL of Debian: %v", err)
	}
	return slices.Max(found)
}

// rewritten returns a file of deploy with other words in place of each pair's first,
// which must be there: what a rehearsal doesn't change is as people use it.
func (c *cluster) rewritten(name string, pairs []string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, name))
	if err != nil {
		c.t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(string(text), pairs[i]) {
			c.t.Fatalf("deploy/%s has no %q", name, pairs[i])
		}
	}
	changed := strings.NewReplacer(pairs...).Replace(string(text))
	for _, left := range []string{"CHANGE", "example"} {
		if strings.Contains(changed, left) {
			c.t.Fatalf("deploy/%s says %s where the rehearsal changes nothing:\n%s", name, left, changed)
		}
	}
	return changed
}

// write puts a file of the server's account into the cluster's folder.
func (c *cluster) write(name, content string, mode os.FileMode) {
	c.t.Helper()
	path := filepath.Join(c.folder, name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		c.t.Fatal(err)
	}
	c.own(path)
}

// makeFolder makes one of the server's account, and returns its path.
func (c *cluster) makeFolder(name string) string {
	c.t.Helper()
	path := filepath.Join(c.folder, name)
	if err := os.Mkdir(path, 0o700); err != nil {
		c.t.Fatal(err)
	}
	c.own(path)
	return path
}

// own gives a file or a folder to the server's account.
func (c *cluster) own(path string) {
	c.t.Helper()
	if to := c.account.credential; to != nil {
		if err := os.Chown(path, int(to.Uid), int(to.Gid)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// selfSigned returns a certificate that PostgreSQL speaks TLS by, and its key, in PEM.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}
