package pgtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"keur/migrations"
)

// TestStockIsWhole packs a folder and unpacks it: what is empty stays, and so do
// modes, without which PostgreSQL refuses its folder.
func TestStockIsWhole(t *testing.T) {
	t.Parallel()
	dir, archive := t.TempDir(), filepath.Join(t.TempDir(), "stock.tar")
	for _, folder := range []string{"data", "data/empty"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"password": "hush", "data/PG_VERSION": "15\n", "data/nothing": ""}
	for name, text := range want {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(t.TempDir(), "unpacked")
	if err := pack(dir, archive); err != nil {
		t.Fatal(err)
	}
	if err := unpack(archive, to); err != nil {
		t.Fatal(err)
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != text {
			t.Errorf("%s: %q, %v, want %q", name, got, err, text)
		}
	}
	info, err := os.Stat(filepath.Join(to, "data/empty"))
	if err != nil || info.Mode() != os.ModeDir|0o700 {
		t.Errorf("the empty folder: %v, %v", info, err)
	}
}

// TestStocksInUseStay has one stock that was used more than an hour ago, and one used now.
func TestStocksInUseStay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	used, unused := filepath.Join(dir, "used.tar"), filepath.Join(dir, "unused.tar")
	lock, long := unused+".lock", time.Now().Add(-61*time.Minute)
	for file, at := range map[string]time.Time{used: time.Now(), unused: long, lock: long} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	removeUnused(dir)
	for _, file := range []string{used, lock} {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("what may be in use went: %v", err)
		}
	}
	if _, err := os.Stat(unused); !os.IsNotExist(err) {
		t.Errorf("what nobody uses stays: %v", err)
	}
}

// TestStockIsOfThisSchema asks the template, which an archive of another schema
// would have made, whether it is the one that this program is written for.
func TestStockIsOfThisSchema(t *testing.T) {
	t.Parallel()
	if err := migrations.Check(t.Context(), New(t)); err != nil {
		t.Fatal(err)
	}
}
