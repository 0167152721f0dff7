package tracking_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"keur/tracking"
)

var (
	oldSecret = tracking.Secret{ID: 1, Bytes: bytes.Repeat([]byte("old"), 8)}
	newSecret = tracking.Secret{ID: 2, Bytes: bytes.Repeat([]byte("new"), 8)}
)

func ring(t testing.TB, current tracking.Secret, old ...tracking.Secret) *tracking.Keyring {
	t.Helper()
	r, err := tracking.NewKeyring(current, old...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTokenNamesItsDelivery(t *testing.T) {
	t.Parallel()
	r := ring(t, newSecret)
	for _, ref := range []tracking.Ref{
		{Kind: tracking.Click, Send: 1, Member: 2, Link: 3},
		{Kind: tracking.Open},
		{Kind: tracking.Unsubscribe, Send: 1<<40 - 1, Member: 1<<48 - 1, Link: 1<<16 - 1},
	} {
		token := r.Token(ref)
		if len(token) != 34 || strings.ContainsAny(token, "=+/") {
			t.Errorf("%q isn't 34 characters of base64url", token)
		}
		if got, ok := r.Parse(ref.Kind, token); !ok || got != ref {
			t.Errorf("parsed %+v as %+v, %v", ref, got, ok)
		}
		if _, ok := r.Parse(ref.Kind%5+1, token); ok {
			t.Errorf("a token for %v was good for something else", ref.Kind)
		}
	}
}

func TestTokenOutlivesRotation(t *testing.T) {
	t.Parallel()
	ref := tracking.Ref{Kind: tracking.Click, Send: 7, Member: 8}
	before := ring(t, oldSecret).Token(ref)
	if got, ok := ring(t, newSecret, oldSecret).Parse(tracking.Click, before); !ok || got != ref {
		t.Error("a token of the old key is no longer recognised")
	}
	if _, ok := ring(t, newSecret).Parse(tracking.Click, before); ok {
		t.Error("a token of a key that is gone was recognised")
	}
	if ring(t, newSecret, oldSecret).Token(ref) == before {
		t.Error("the new key makes the old key's tokens")
	}
}

func TestForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	r := ring(t, newSecret)
	token := []byte(r.Token(tracking.Ref{Kind: tracking.Click, Send: 7, Member: 8}))
	for i := range token {
		for _, c := range []byte("Aa0_-=\x00") {
			forged := bytes.Clone(token)
			if forged[i] == c {
				continue
			}
			forged[i] = c
			if _, ok := r.Parse(tracking.Click, string(forged)); ok {
				t.Fatalf("changing character %d to %q went unnoticed", i, c)
			}
		}
	}
}

func TestKeyringRefusesWeakAndDoubleKeys(t *testing.T) {
	t.Parallel()
	if _, err := tracking.NewKeyring(tracking.Secret{ID: 1, Bytes: []byte("short")}); err == nil {
		t.Error("a short key was accepted")
	}
	if _, err := tracking.NewKeyring(newSecret, newSecret); err == nil {
		t.Error("two keys of one number were accepted")
	}
}

func TestAddressesNameTheirDelivery(t *testing.T) {
	t.Parallel()
	r := ring(t, newSecret)
	path := string(r.AppendReturnPath(nil, 123, 456, "bounce.label.nl"))
	local, domain, _ := strings.Cut(path, "@")
	if len(local) > 64 || domain != "bounce.label.nl" || !strings.HasPrefix(local, "b+") || strings.ToLower(local) != local {
		t.Errorf("the return path is %s", path)
	}
	want := tracking.Ref{Kind: tracking.Bounce, Send: 123, Member: 456}
	for _, address := range []string{path, strings.ToUpper(path), "<" + path + ">"} {
		if got, ok := r.ParseReturnPath(address); !ok || got != want {
			t.Errorf("%s named %+v, %v", address, got, ok)
		}
	}
	if _, ok := r.ParseReturnPath(strings.Replace(path, "b+", "b+a", 1)); ok {
		t.Error("a forged return path was believed")
	}
	unsubscribe := string(r.AppendUnsubscribeAddress(nil, 123, 456, "bounce.label.nl"))
	if got, ok := r.ParseUnsubscribeAddress(unsubscribe); !ok || got.Member != 456 {
		t.Error("the unsubscribe address isn't recognised")
	}
	if _, ok := r.ParseReturnPath(strings.Replace(unsubscribe, "u+", "b+", 1)); ok {
		t.Error("an unsubscribe address served as a return path")
	}
}

func TestMessageIDNamesItsDelivery(t *testing.T) {
	t.Parallel()
	r := ring(t, newSecret)
	id := string(r.AppendMessageID(nil, 123, 456, "label.nl"))
	if id != string(r.AppendMessageID(nil, 123, 456, "label.nl")) {
		t.Error("a delivery has two Message-IDs")
	}
	if got, ok := r.ParseMessageID(" " + id + "\r\n"); !ok || got.Send != 123 || got.Member != 456 {
		t.Errorf("%s named %+v, %v", id, got, ok)
	}
	if _, ok := r.ParseMessageID("<20260101.1234@example.org>"); ok {
		t.Error("another's Message-ID was taken for ours")
	}
}

func TestAppendingDoesNotAllocate(t *testing.T) {
	r := ring(t, newSecret)
	buffer := make([]byte, 0, 512)
	allocations := testing.AllocsPerRun(100, func() {
		b := r.AppendToken(buffer, tracking.Ref{Kind: tracking.Click, Send: 1, Member: 2, Link: 3})
		b = r.AppendReturnPath(b, 1, 2, "bounce.label.nl")
		b = r.AppendMessageID(b, 1, 2, "label.nl")
		r.AppendSubID(b, tracking.SubID{Send: 1, Link: 3, Click: 9})
	})
	if allocations != 0 {
		t.Errorf("making tokens allocates %v times", allocations)
	}
}

// FuzzParse reads what nobody made: whatever is recognised is what we would
// have written, in one spelling.
func FuzzParse(f *testing.F) {
	r := ring(f, newSecret)
	f.Add(r.Token(tracking.Ref{Kind: tracking.Click, Send: 1}))
	f.Add(string(r.AppendReturnPath(nil, 1, 2, "x.nl")))
	f.Add(string(r.AppendMessageID(nil, 1, 2, "x.nl")))
	f.Add(string(r.AppendSubID(nil, tracking.SubID{Send: 1, Link: 2})))
	f.Fuzz(func(t *testing.T, s string) {
		if ref, ok := r.Parse(tracking.Click, s); ok && r.Token(ref) != s {
			t.Errorf("%q is a second spelling of %+v", s, ref)
		}
		if id, ok := r.ParseSubID(s); ok && !strings.EqualFold(string(r.AppendSubID(nil, id)), s) {
			t.Errorf("%q is a second spelling of %+v", s, id)
		}
		local, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(s), "<>"), "@")
		for _, form := range []struct {
			parse func(string) (tracking.Ref, bool)
			write func(send, member int64) []byte
		}{
			{r.ParseReturnPath, func(send, member int64) []byte { return r.AppendReturnPath(nil, send, member, "") }},
			{r.ParseUnsubscribeAddress, func(send, member int64) []byte { return r.AppendUnsubscribeAddress(nil, send, member, "") }},
			{r.ParseMessageID, func(send, member int64) []byte { return bytes.Trim(r.AppendMessageID(nil, send, member, ""), "<>") }},
		} {
			if ref, ok := form.parse(s); ok && !strings.EqualFold(string(form.write(ref.Send, ref.Member)), local+"@") {
				t.Errorf("%q is a second spelling of %+v", s, ref)
			}
		}
	})
}

// FuzzTokens writes any delivery in every form and reads it back, in another
// case where a mail server may change it; and with one bit of it changed, or
// with another secret, it is recognised as nothing.
func FuzzTokens(f *testing.F) {
	r, other := ring(f, newSecret, oldSecret), ring(f, tracking.Secret{ID: newSecret.ID, Bytes: bytes.Repeat([]byte("x"), 32)})
	f.Add(uint8(1), int64(1), int64(2), uint16(3), uint16(4))
	f.Add(uint8(3), int64(1)<<40-1, int64(1)<<48-1, uint16(1<<16-1), uint16(271))
	f.Fuzz(func(t *testing.T, kind uint8, send, member int64, link, flip uint16) {
		ref := tracking.Ref{Kind: tracking.Kind(kind), Send: send & (1<<40 - 1), Member: member & (1<<48 - 1), Link: link}
		id := tracking.SubID{Send: ref.Send, Variant: kind, Link: link, Click: uint64(member)}
		delivered := tracking.Ref{Send: ref.Send, Member: ref.Member}
		for form, c := range map[string]struct {
			written string
			folds   bool
			read    func(r *tracking.Keyring, s string) (any, bool)
			want    any
		}{
			"token": {r.Token(ref), false, func(r *tracking.Keyring, s string) (any, bool) { return both(r.Parse(ref.Kind, s)) }, ref},
			"sub-id": {string(r.AppendSubID(nil, id)), true,
				func(r *tracking.Keyring, s string) (any, bool) { return both(r.ParseSubID(s)) }, id},
			"return path": {string(r.AppendReturnPath(nil, ref.Send, ref.Member, "x.nl")), true,
				func(r *tracking.Keyring, s string) (any, bool) {
					return withoutKind(r.ParseReturnPath(s))
				}, delivered},
			"address to unsubscribe": {string(r.AppendUnsubscribeAddress(nil, ref.Send, ref.Member, "x.nl")), true,
				func(r *tracking.Keyring, s string) (any, bool) {
					return withoutKind(r.ParseUnsubscribeAddress(s))
				}, delivered},
			"Message-ID": {string(r.AppendMessageID(nil, ref.Send, ref.Member, "x.nl")), true,
				func(r *tracking.Keyring, s string) (any, bool) {
					return withoutKind(r.ParseMessageID(s))
				}, delivered},
		} {
			spellings := []string{c.written}
			if c.folds {
				spellings = append(spellings, strings.ToUpper(c.written))
			}
			for _, s := range spellings {
				if got, ok := c.read(r, s); !ok || got != c.want {
					t.Errorf("the %s %q is read as %+v, %v, want %+v", form, s, got, ok, c.want)
				}
			}
			if _, ok := c.read(other, c.written); ok {
				t.Errorf("the %s of one secret is recognised by another", form)
			}
			changed := []byte(c.written)
			changed[int(flip)/8%len(changed)] ^= 1 << (flip % 8)
			if got, ok := c.read(r, string(changed)); ok && got != c.want {
				t.Errorf("the %s %q, with a bit changed, is read as %+v", form, changed, got)
			}
		}
	})
}

func both[T any](value T, ok bool) (any, bool) { return value, ok }

func withoutKind(ref tracking.Ref, ok bool) (any, bool) {
	ref.Kind = 0
	return ref, ok
}

func BenchmarkAppendToken(b *testing.B) {
	r := ring(b, newSecret)
	buffer := make([]byte, 0, 64)
	ref := tracking.Ref{Kind: tracking.Click, Send: rand.Int64N(1 << 40), Member: rand.Int64N(1 << 48)}
	b.ReportAllocs()
	for b.Loop() {
		r.AppendToken(buffer, ref)
	}
}

func BenchmarkParse(b *testing.B) {
	r := ring(b, newSecret)
	token := r.Token(tracking.Ref{Kind: tracking.Click, Send: 1, Member: 2})
	b.ReportAllocs()
	for b.Loop() {
		r.Parse(tracking.Click, token)
	}
}
