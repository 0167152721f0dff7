package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"keur/approval"
)

// auditCommand is about the trail of who did what.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Walk the whole audit trail and prove that nothing in it was changed."`
}

type auditVerify struct {
	Kept []keptEntry `help:"An entry that the trail must still hold, as noted from a certificate or an earlier check; may be given more than once." placeholder:"NUMBER:HASH" sep:"none"`
}

// Run checks the trail from its first entry on. That takes the base alone and
// no secret, so that someone else than who runs Keur can do it.
func (c auditVerify) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	b, err := openBase(ctx, settings, log)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	w := &walk{out: at.err, began: time.Now(), found: map[int64]string{}}
	for _, k := range c.Kept {
		w.found[k.number] = ""
	}
	n, last, err := approval.NewTrail(b.DB).VerifyAudit(ctx, w.step)
	if err != nil {
		return err
	}
	for _, k := range c.Kept {
		if w.found[k.number] != k.hash {
			return fmt.Errorf("the audit trail is not the one that entry %d was kept of: that entry is another one now, or gone", k.number)
		}
	}
	fmt.Fprintf(at.out, "The audit trail is whole: %d entries, each follows the one before.\n", n)
	if n > 0 {
		fmt.Fprintf(at.out, "Keep this elsewhere, for --kept: %d:%x\n", n, last)
	}
	return nil
}

// keptEntry is an entry of the trail as someone noted it. Without one, nobody
// can tell that entries were taken off the end.
type keptEntry struct {
	number int64
	hash   string
}

// UnmarshalText reads NUMBER:HASH; kong calls it.
func (k *keptEntry) UnmarshalText(text []byte) error {
	number, hash, _ := strings.Cut(string(text), ":")
	n, err := strconv.ParseInt(number, 10, 64)
	raw, notHex := hex.DecodeString(hash)
	if err != nil || n < 1 || notHex != nil || len(raw) != sha256.Size {
		return fmt.Errorf("%q must be the number of an entry and its hash, such as 12:e3b0…", text)
	}
	*k = keptEntry{n, hex.EncodeToString(raw)}
	return nil
}

// walk is one way through the trail. It tells a person who waits how far it is.
type walk struct {
	out   io.Writer
	began time.Time
	said  time.Time
	found map[int64]string // hash by number, of the entries that were kept
}

// step takes in an entry. It says so once a second, and nothing of a walk that
// takes less.
func (w *walk) step(e approval.Entry) {
	if _, kept := w.found[e.Seq]; kept {
		w.found[e.Seq] = hex.EncodeToString(e.Hash)
	}
	now := time.Now()
	if now.Sub(w.began) < time.Second || now.Sub(w.said) < time.Second {
		return
	}
	w.said = now
	fmt.Fprintf(w.out, "%d entries checked, %.0f a second\n", e.Seq, float64(e.Seq)/now.Sub(w.began).Seconds())
}
