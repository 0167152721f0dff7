package accounts

import (
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
)

// admitted signs Jan in and returns what the browser brings from then on.
func (h *house) admitted(t *testing.T, from Origin) Origin {
	t.Helper()
	in, err := h.SignIn(t.Context(), "jan@publisher.nl", sentence, from)
	if err != nil || in.Devices == "" {
		t.Fatal(in, err)
	}
	from.Devices = in.Devices
	return from
}

// TestNeighboursTurnNobodyAway: those behind one address with Jan guess his
// password, and he signs in where he did before.
func TestNeighboursTurnNobodyAway(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	own := h.admitted(t, office)
	guess := func(from Origin) error {
		_, err := h.SignIn(ctx, "jan@publisher.nl", "een gok die mis is", from)
		return err
	}
	for range 2 * triesPerPair {
		_ = guess(office)
	}
	if _, err := h.SignIn(ctx, "jan@publisher.nl", sentence, office); !fault.Is(err, fault.Limited) {
		t.Errorf("a browser that nobody knows: %v", err)
	}
	for name, devices := range map[string]string{
		"made up": "1.1764000000.AAAA.bbbb", "another user's": strings.Replace(own.Devices, "1.", "2.", 1),
		"cut":      own.Devices[:len(own.Devices)-1],
		"too many": strings.Repeat(own.Devices+"~", mostDevices+1),
	} {
		from := Origin{Address: office.Address, Devices: devices}
		if _, err := h.SignIn(ctx, "jan@publisher.nl", sentence, from); !fault.Is(err, fault.Limited) {
			t.Errorf("%s: %v", name, err)
		}
	}
	own = h.admitted(t, own)
	moved := own
	moved.Address = cafe.Address
	for range triesPerPair {
		if err := guess(moved); !fault.Is(err, fault.Forbidden) {
			t.Fatal(err)
		}
	}
	if err := guess(own); !fault.Is(err, fault.Limited) {
		t.Errorf("a device guesses on: %v", err)
	}
	h.Clock.Add(deviceKept + time.Hour)
	if h.device(h.Jan.ID, own) != "" {
		t.Error("a device is known for ever")
	}
}

// TestABrowserKnowsSeveralUsers, each by their own device.
func TestABrowserKnowsSeveralUsers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	piet := addUser(t, h.Store, "piet@publisher.nl")
	own := h.admitted(t, office)
	first := h.device(h.Jan.ID, own)
	in, err := h.SignIn(t.Context(), piet.Email, sentence, own)
	if err != nil {
		t.Fatal(err)
	}
	own.Devices = in.Devices
	if h.device(h.Jan.ID, own) != first || h.device(piet.ID, own) == "" || h.device(piet.ID, own) == first {
		t.Errorf("the browser brings %s", own.Devices)
	}
	if again := h.admitted(t, own); h.device(h.Jan.ID, again) != first || strings.Count(again.Devices, "~") != 1 {
		t.Errorf("signed in again it brings %s", again.Devices)
	}
	if h.device(0, own) != "" {
		t.Error("nobody has a device")
	}
}
