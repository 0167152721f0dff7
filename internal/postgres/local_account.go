package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server runs as: ourselves, or, because PostgreSQL
// refuses to run as root, postgres or nobody.
type account struct {
	name     string
	uid, gid int
	other    bool // not the user of this process
}

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{name: "this user", uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil {
			return account{name: name, uid: uid, gid: gid, other: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL doesn't run as root, and this machine has no user postgres or nobody to run it as; " +
		"start keur as an ordinary user, or set KEUR_DATABASE_URL")
}

// process returns the attributes of a process of this account, in a process
// group of its own so that Ctrl-C in a terminal reaches keur alone, which then
// stops the server in order.
func (a account) process() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.other {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}

// makeFolder makes dir for this account alone. A folder that someone else put
// there is refused: they could read the socket's traffic.
func (a account) makeFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("folder of the local server: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("folder of the local server: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case ok && info.IsDir() && int(stat.Uid) == a.uid:
		return nil
	case ok && info.IsDir() && int(stat.Uid) == os.Geteuid():
		// Just made, by us or by another keur that starts at this moment.
		if err := os.Chown(dir, a.uid, a.gid); err != nil {
			return fmt.Errorf("folder of the local server: %w", err)
		}
		return nil
	}
	return fmt.Errorf("%s must be a folder of %s for the local PostgreSQL, and isn't; move it away, or set KEUR_DATA_DIR to "+
		"another folder", dir, a.name)
}

// closed returns the first folder on the way to dir that the account may not
// enter, or "".
func (a account) closed(dir string) string {
	if !a.other {
		return "" // the kernel tells this user better than the mode does
	}
	closed := ""
	for parent := filepath.Dir(dir); parent != filepath.Dir(parent); parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			closed = parent
		}
	}
	return closed
}

// LocalFolder returns dir for the data of a local server, or, where root runs
// keur in a folder that the server's user may not enter, such as /root, one
// under /var/lib/keur that stands for dir.
func LocalFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("place of the local server: %w", err)
	}
	account, err := serverAccount()
	if err != nil || account.closed(dir) == "" {
		return dir, err
	}
	return filepath.Join("/var/lib/keur", shortName(dir)), nil
}

// shortName returns a name that stands for a long path.
func shortName(path string) string {
	sum := sha256.Sum256([]byte(path))
	return "keur-" + hex.EncodeToString(sum[:6])
}
