package pgtest

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"keur/internal/postgres"
	"keur/migrations"
)

// Each test binary has a server of its own. To make one and give it the whole
// schema takes seconds, and is the same each time; so the first binary keeps
// what it made as an archive, the stock, and the others unpack that. What the
// stock is made of names it, and what nobody used for an hour is removed.

// madeOf are the files, below the module's folder, that decide what a stock is,
// beside those of the schema.
var madeOf = []string{"go.sum", "internal/pgtest/*.go", "internal/postgres/*.go", "internal/seal/*.go", "migrations/*.go"}

// fromStock fills dir, which isn't there yet, with a server that has the roles
// and the template.
func fromStock(ctx context.Context, dir string) error {
	stock, err := stockFile()
	if err != nil {
		return err
	}
	unlock, err := lockStock(stock)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(stock); errors.Is(err, fs.ErrNotExist) {
		if err := makeStock(ctx, stock); err != nil {
			return fmt.Errorf("make the test server: %w", err)
		}
	}
	now := time.Now()
	if err := errors.Join(unpack(stock, dir), os.Chtimes(stock, now, now)); err != nil {
		return fmt.Errorf("unpack the test server %s, which may be removed: %w", stock, err)
	}
	return nil
}

// stockFile returns where the stock of this program and this machine's
// PostgreSQL is kept. It is outside the module, as go test takes files within
// it for a test's input.
func stockFile() (string, error) {
	recipe := sha256.New()
	version, err := postgres.LocalVersion()
	if err != nil {
		return "", err
	}
	root, err := moduleFolder()
	if err != nil {
		return "", err
	}
	// The schema is the one within this program: its files may have changed since it was built.
	// A new base knows the day it was made on, so no stock outlives its day.
	day := time.Now().UTC().Format(time.DateOnly)
	_, _ = fmt.Fprintln(recipe, version, os.Geteuid(), migrations.Mark(), day)
	for _, pattern := range madeOf {
		files, _ := filepath.Glob(filepath.Join(root, pattern)) // only a bad pattern fails
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			_, _ = fmt.Fprintf(recipe, "%s %x\n", filepath.Base(file), sha256.Sum256(text))
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // for who has no home
	}
	cache = filepath.Join(cache, "keur-pgtest")
	return filepath.Join(cache, hex.EncodeToString(recipe.Sum(nil)[:8])+".tar"), os.MkdirAll(cache, 0o700)
}

// moduleFolder returns the folder of go.mod. Tests run within it.
func moduleFolder() (string, error) {
	at, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(at, "go.mod")); missing == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			err = errors.New("tests run within the module, and here is none")
		}
		at = filepath.Dir(at)
	}
	return "", err
}

// lockStock has of several binaries that start at once one make the stock. The
// lock goes with the process.
func lockStock(stock string) (unlock func(), err error) {
	f, err := os.OpenFile(stock+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

// makeStock makes a server with the whole schema, stops it, and packs it.
func makeStock(ctx context.Context, stock string) error {
	removeUnused(filepath.Dir(stock))
	dir, err := temporary(inMemory())
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	local, err := postgres.StartLocal(ctx, postgres.LocalConfig{DataDir: dir,
		Settings: map[string]string{"fsync": "off", "min_wal_size": "32MB", "max_wal_size": "32MB"}}) // little to unpack
	if err != nil {
		return err
	}
	if err := errors.Join(makeTemplate(ctx, local), local.Stop(ctx), plainPasswords(dir)); err != nil {
		return err
	}
	if err := pack(dir, stock+".new"); err != nil {
		return err
	}
	return os.Rename(stock+".new", stock)
}

// makeTemplate makes the migrated base that each test's own is copied from. It
// goes by its tests' clocks.
func makeTemplate(ctx context.Context, local *postgres.Local) error {
	admin, err := postgres.Open(ctx, named(local.OwnerURL(), "postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	// Nobody makes a base of PostgreSQL's own second template, and what isn't there needn't be unpacked.
	for _, step := range []string{`ALTER DATABASE template0 IS_TEMPLATE false`, `DROP DATABASE template0`} {
		if _, err := admin.Exec(step); err != nil {
			return err
		}
	}
	owner := named(local.OwnerURL(), template)
	if err := migrate(ctx, owner); err != nil {
		return err
	}
	if err := migrations.MoveClock(ctx, owner, true); err != nil {
		return err
	}
	return quickPasswords(ctx, admin, local)
}

// quickPasswords has the server hash a password by one round in place of 4,096, as
// each connection of each test pays for it.
func quickPasswords(ctx context.Context, admin *sqlx.DB, local *postgres.Local) error {
	for _, of := range []string{local.OwnerURL(), local.AppURL()} {
		u, err := url.Parse(of)
		if err != nil {
			return err
		}
		password, _ := u.User.Password()
		kept, err := verifier(password)
		if err != nil {
			return err
		}
		if _, err := admin.ExecContext(ctx, `ALTER ROLE `+pq.QuoteIdentifier(u.User.Username())+` PASSWORD `+pq.QuoteLiteral(kept)); err != nil {
			return err
		}
	}
	return nil
}

// plainPasswords has the server in dir take passwords as they are, through a socket
// that is nobody else's. They are compared as before, but a test, which the race
// detector slows down, needn't hash its own.
func plainPasswords(dir string) error {
	file := filepath.Join(dir, "data", "pg_hba.conf")
	rules, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, bytes.ReplaceAll(rules, []byte("scram-sha-256"), []byte("password")), 0o600)
}

// verifier is what PostgreSQL keeps of a password (RFC 5803), of one round.
func verifier(password string) (string, error) {
	const rounds, salt = 1, "of a test server" // 16 bytes, as PostgreSQL has them
	salted, err := pbkdf2.Key(sha256.New, password, []byte(salt), rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	mac := func(text string) []byte {
		h := hmac.New(sha256.New, salted)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	stored := sha256.Sum256(mac("Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, encode([]byte(salt)), encode(stored[:]), encode(mac("Server Key"))), nil
}

// removeUnused removes the stocks in dir that nobody used for an hour. Their
// locks stay: one that is removed while somebody waits for it locks nobody out.
func removeUnused(dir string) {
	stocks, _ := filepath.Glob(filepath.Join(dir, "*.tar")) // only a bad pattern fails
	halfMade, _ := filepath.Glob(filepath.Join(dir, "*.new"))
	for _, file := range append(stocks, halfMade...) {
		if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(file)
		}
	}
}

// pack writes the data and the password of the server in dir to an archive.
func pack(dir, to string) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	archive := tar.NewWriter(out)
	for _, part := range []string{"password", "data"} {
		err := filepath.WalkDir(filepath.Join(dir, part), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			header, err := tar.FileInfoHeader(info, "") // and whose it is
			if err != nil {
				return err
			}
			if header.Name, err = filepath.Rel(dir, path); err != nil {
				return err
			}
			if err := archive.WriteHeader(header); err != nil || entry.IsDir() {
				return err
			}
			return copyFile(archive, path)
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), out.Close())
}

func copyFile(to io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = io.Copy(to, f)
	return err
}

// unpack makes dir of an archive of pack, each file its owner's.
func unpack(from, dir string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for archive := tar.NewReader(in); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpackOne(archive, header, filepath.Join(dir, filepath.FromSlash(header.Name))); err != nil {
			return err
		}
	}
}

func unpackOne(archive io.Reader, header *tar.Header, path string) error {
	if header.FileInfo().IsDir() {
		return errors.Join(os.Mkdir(path, header.FileInfo().Mode()), os.Chown(path, header.Uid, header.Gid))
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, header.FileInfo().Mode())
	if err != nil {
		return err
	}
	_, err = io.Copy(f, archive)
	return errors.Join(err, f.Chown(header.Uid, header.Gid), f.Close())
}
