package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	first, err := keepSecret(path)
	if err != nil {
		t.Fatal(err)
	}
	second, err := keepSecret(path)
	if err != nil || string(first) != string(second) || len(first) < 32 {
		t.Errorf("%q, then %q, %v", first, second, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("files left: %v, %v", files, err)
	}
}
