package accounts

import (
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
)

const another = "een andere goede zin"

func TestAForgottenPassword(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	session := h.in(t, sentence, office)
	if err := h.ForgotPassword(ctx, "Jan@publisher.nl", cafe); err != nil {
		t.Fatal(err)
	}
	token := h.mailed(t)
	if u, err := h.ByPasswordToken(ctx, token); err != nil || u.ID != h.Jan.ID {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := h.SetPasswordByToken(ctx, token, "kort", cafe); !fault.Is(err, fault.Invalid) {
		t.Errorf("a password that no one should use: %v", err)
	}
	if _, err := h.SetPasswordByToken(ctx, token, another, cafe); err != nil {
		t.Fatal(err)
	}
	h.out(t, session, "the password was forgotten")
	h.in(t, another, office)
	for name, token := range map[string]string{"used": token, "forged": "x", "none": ""} {
		if _, err := h.SetPasswordByToken(ctx, token, sentence, cafe); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a link that is %s: %v", name, err)
		}
	}
	var actor string
	if err := h.DB.Get(&actor, `SELECT actor FROM audit_log WHERE action = 'passwords.update' ORDER BY seq DESC LIMIT 1`); err != nil || actor != h.Jan.ID.Actor() {
		t.Errorf("changed by %q, %v", actor, err)
	}
}

func TestAForgottenPasswordTellsNothing(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	piet := addUser(t, h.Store, "piet@publisher.nl")
	if _, err := h.Disable(ctx, piet.ID); err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"nobody@publisher.nl", "piet@publisher.nl", "", "\x00"} {
		if err := h.ForgotPassword(ctx, email, cafe); err != nil && email != "\x00" {
			t.Errorf("%q: %v", email, err)
		}
	}
	mails := 0
	for range 2 * resetsPerAccount {
		if err := h.ForgotPassword(ctx, "jan@publisher.nl", office); err != nil {
			t.Errorf("asked too often: %v", err)
		}
		if h.mailed(t) != "" {
			mails++
		}
	}
	if mails != resetsPerAccount {
		t.Errorf("%d mails went out, want %d", mails, resetsPerAccount)
	}
	var err error
	for range resetsPerAddress {
		err = h.ForgotPassword(ctx, "nobody@publisher.nl", cafe)
	}
	if !fault.Is(err, fault.Limited) {
		t.Errorf("from one address on and on: %v", err)
	}
}

func TestALinkIsGoodForItsTime(t *testing.T) {
	t.Parallel()
	ctx, h := t.Context(), newHouse(t)
	if err := h.Invite(ctx, h.Jan.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("someone with a password was invited: %v", err)
	}
	if err := h.ForgotPassword(ctx, "jan@publisher.nl", cafe); err != nil {
		t.Fatal(err)
	}
	token := h.mailed(t)
	h.Clock.Add(resetLife)
	if _, err := h.SetPasswordByToken(ctx, token, another, cafe); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an hour later: %v", err)
	}
	u, err := h.Create(ctx, User{Email: "eva@publisher.de", Name: "Eva", Locale: "de"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Invite(ctx, u.ID); err != nil {
		t.Fatal(err)
	}
	token, body := h.mailedTo(t, u.Email)
	if !strings.Contains(body, "sieben Tage") {
		t.Errorf("%s", body)
	}
	h.Clock.Add(6 * 24 * time.Hour)
	if _, err := h.SetPasswordByToken(ctx, token, another, cafe); err != nil {
		t.Error(err)
	}
}
