package seal

import (
	"bytes"
	"testing"

	"keur/internal/fault"
)

func box(t *testing.T, secret string) *Box {
	t.Helper()
	b, err := New([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSealedOpensOnlyWithItsSecret(t *testing.T) {
	t.Parallel()
	ours, others := box(t, "a secret of this house"), box(t, "a secret of that house")
	sealed := ours.Seal([]byte("wachtwoord"))
	if bytes.Contains(sealed, []byte("wachtwoord")) || bytes.Equal(sealed, ours.Seal([]byte("wachtwoord"))) {
		t.Error("the seal shows what is in it")
	}
	if plain, err := ours.Open(sealed); err != nil || string(plain) != "wachtwoord" {
		t.Errorf("open: %q, %v", plain, err)
	}
	if _, err := others.Open(sealed); !fault.Is(err, fault.Unavailable) {
		t.Errorf("another secret opens it: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	for _, bad := range [][]byte{sealed, nil, {1, 2, 3}} {
		if _, err := ours.Open(bad); err == nil {
			t.Errorf("%x opens", bad)
		}
	}
}

func TestSubkeysDiffer(t *testing.T) {
	t.Parallel()
	b := box(t, "a secret of this house")
	if bytes.Equal(b.Subkey("one"), b.Subkey("two")) || !bytes.Equal(b.Subkey("one"), b.Subkey("one")) {
		t.Error("a subkey must depend on its purpose and on nothing else")
	}
	if _, err := New([]byte("short")); err == nil {
		t.Errorf("a short secret: %v", err)
	}
}
