package main

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"keur/approval"
	"keur/approval/anchors"
)

// auditCommand is about the trail of who did what.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Walk the whole audit trail and prove that nothing in it was changed."`
}

type auditVerify struct {
	Anchors   string      `help:"File of anchors, kept elsewhere, that the trail must hold." placeholder:"FILE" env:"KEUR_ANCHOR_FILE"`
	AnchorKey string      `help:"Public key that signs anchors, in hex, where KEUR_SECRET isn't at hand." placeholder:"HEX"`
	Kept      []keptEntry `help:"An entry that the trail must still hold, as noted from a certificate or an earlier check; may be given more than once." placeholder:"NUMBER:HASH" sep:"none"`
}

// Run checks the trail from its first entry on, holds it to its anchors, and the
// governed tables to it. That takes the base alone and no secret, so that someone
// else than who runs Keur can do it.
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
	given, key, err := c.outside(b, settings)
	if err != nil {
		return err
	}
	proof, err := anchors.Verify(ctx, b.DB, given, key, anchors.Watcher{Entry: w.step, Ledger: w.ledger})
	if err != nil {
		return err
	}
	for _, k := range c.Kept {
		if w.found[k.number] != k.hash {
			return fmt.Errorf("the audit trail is not the one that entry %d was kept of: that entry is another one now, or gone", k.number)
		}
	}
	if len(proof.Wrong) > 0 {
		for _, wrong := range proof.Wrong[:min(len(proof.Wrong), mostWrong)] {
			fmt.Fprintln(at.out, wrong)
		}
		return fmt.Errorf("what the base holds isn't what its audit trail tells, in %d places", len(proof.Wrong))
	}
	fmt.Fprintf(at.out, "The audit trail is whole: %d entries, each follows the one before.\n", proof.Entries)
	fmt.Fprintf(at.out, "It holds its %d anchors (%d of them with a signature that nobody checked: --anchor-key), and every governed row "+
		"is as it tells.\n", proof.Anchors, proof.Unsigned)
	for _, early := range proof.Early[:min(len(proof.Early), mostWrong)] {
		fmt.Fprintln(at.out, early)
	}
	if proof.Entries > 0 {
		fmt.Fprintf(at.out, "Keep this elsewhere, for --kept: %d:%x\n", proof.Entries, proof.Head)
	}
	return nil
}

// mostWrong is how many findings are listed.
const mostWrong = 100

// outside returns the anchors of the file, and the key that anchors are signed
// by: the one named, or that of the installation's secret, if it is at hand.
func (c auditVerify) outside(b *base, settings *Settings) (given []anchors.Anchor, key ed25519.PublicKey, err error) {
	if c.Anchors != "" {
		file, err := os.Open(c.Anchors)
		if err != nil {
			return nil, nil, fmt.Errorf("the file of anchors can't be read: %w", err)
		}
		defer func() { _ = file.Close() }()
		if given, err = anchors.Read(file); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", c.Anchors, err)
		}
	}
	if c.AnchorKey != "" {
		key, err := hex.DecodeString(c.AnchorKey)
		if err != nil || len(key) != ed25519.PublicKeySize {
			return nil, nil, fmt.Errorf("--anchor-key must be %d bytes in hex", ed25519.PublicKeySize)
		}
		return given, key, nil
	}
	if settings.Secret == "" && b.local == nil {
		return given, nil, nil
	}
	box, err := b.seal(settings)
	if err != nil {
		return nil, nil, err
	}
	return given, anchors.KeyOf(box).Public().(ed25519.PublicKey), nil
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

// step takes in an entry.
func (w *walk) step(e approval.Entry) {
	if _, kept := w.found[e.Seq]; kept {
		w.found[e.Seq] = hex.EncodeToString(e.Hash)
	}
	w.say(func(took float64) {
		fmt.Fprintf(w.out, "%d entries checked, %.0f a second\n", e.Seq, float64(e.Seq)/took)
	})
}

// ledger takes in how many deliveries were held to the seals of their sends.
func (w *walk) ledger(n, of int64) {
	w.say(func(float64) { fmt.Fprintf(w.out, "%d of %d deliveries checked\n", n, of) })
}

// say says how far it is once a second, and nothing of a walk that takes less.
func (w *walk) say(far func(took float64)) {
	now := time.Now()
	if now.Sub(w.began) < time.Second || now.Sub(w.said) < time.Second {
		return
	}
	w.said = now
	far(now.Sub(w.began).Seconds())
}
