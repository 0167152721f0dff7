package accounts

import (
	"encoding/base32"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"keur/internal/fault"
	"keur/internal/pgtest"
)

func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := hotp.GenerateCodeCustom(secret, uint64(at.Unix()/codeStep),
		hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// guarded sets an authenticator up for Jan.
func (h *house) guarded(t *testing.T) (secret string, recovery []string) {
	t.Helper()
	ctx := pgtest.Acting(t.Context(), h.Jan.ID.Actor())
	e, err := h.Factors.Enrol(ctx, h.Jan.ID)
	if err != nil {
		t.Fatal(err)
	}
	recovery, err = h.Factors.Confirm(ctx, h.Jan.ID, codeAt(t, e.Secret, h.Clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	h.Clock.Add(codeStep * time.Second)
	return e.Secret, recovery
}

func (h *house) pending(t *testing.T) string {
	t.Helper()
	in, err := h.SignIn(t.Context(), "jan@publisher.nl", sentence, office)
	if err != nil || in.Token != "" || in.Pending == "" {
		t.Fatal(in, err)
	}
	return in.Pending
}

// Values of RFC 6238, appendix B, of six digits.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{1111111111: "050471", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		for late, want := range map[int64]bool{-2: false, -1: true, 0: true, 1: true, 2: false} {
			step, ok, err := stepOf(secret, code, time.Unix(at+late*codeStep, 0))
			if err != nil || ok != want || (ok && step != at/codeStep) {
				t.Errorf("%s, %d steps late: %v of step %d, %v", code, late, ok, step, err)
			}
		}
	}
}

func TestAnAuthenticatorIsSetUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := pgtest.Acting(t.Context(), h.Jan.ID.Actor())
	if _, err := h.Factors.Confirm(ctx, h.Jan.ID, "123456"); !fault.Is(err, fault.NotFound) {
		t.Errorf("confirmed what wasn't begun: %v", err)
	}
	e, err := h.Factors.Enrol(ctx, h.Jan.ID)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(e.URL)
	if err != nil || u.Host != "totp" || u.Path != "/Keur:jan@publisher.nl" || u.Query().Get("secret") != e.Secret ||
		u.Query().Get("issuer") != "Keur" {
		t.Errorf("%s, %v", e.URL, err)
	}
	if !strings.HasPrefix(e.QR, "<svg ") || strings.Count(e.QR, "M") < 500 {
		t.Errorf("%.80s", e.QR)
	}
	h.in(t, sentence, office) // not confirmed, not asked for
	if _, err := h.Factors.Confirm(ctx, h.Jan.ID, "000000"); !fault.Is(err, fault.Forbidden) {
		t.Errorf("confirmed by a wrong code: %v", err)
	}
	codes, err := h.Factors.Confirm(ctx, h.Jan.ID, codeAt(t, e.Secret, h.Clock.Now()))
	if err != nil || len(codes) != recoveryCodes {
		t.Fatal(codes, err)
	}
	if _, err := h.Factors.Enrol(ctx, h.Jan.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second authenticator over the first: %v", err)
	}
	var kept int
	if err := h.DB.Get(&kept, `SELECT count(*) FROM second_factors WHERE encode(secret_sealed, 'escape') LIKE '%' || $1 || '%'`, e.Secret); err != nil || kept > 0 {
		t.Errorf("the secret lies open, %v", err)
	}
}

func TestSignInAsksForACode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := pgtest.Acting(t.Context(), h.Jan.ID.Actor())
	secret, recovery := h.guarded(t)
	pending := h.pending(t)
	h.out(t, pending, "the code is missing")
	code := codeAt(t, secret, h.Clock.Now())
	in, err := h.SignInWithCode(ctx, pending, code[:3]+" "+code[3:], office)
	if err != nil || in.Token == "" || in.Token == pending {
		t.Fatal(in, err)
	}
	if u, err := h.Sessions.User(ctx, in.Token); err != nil || u.ID != h.Jan.ID {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := h.SignInWithCode(ctx, pending, recovery[0], office); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the same sign-in again: %v", err)
	}
	for name, code := range map[string]string{"used": code, "before it": codeAt(t, secret, h.Clock.Now().Add(-codeStep*time.Second)),
		"wrong": "12345", "empty": ""} {
		if _, err := h.SignInWithCode(ctx, h.pending(t), code, office); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a code that is %s: %v", name, err)
		}
	}
	for range 2 {
		_, err = h.SignInWithCode(ctx, h.pending(t), strings.ToUpper(recovery[3]), office)
	}
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("a recovery code twice: %v", err)
	}
	if f, err := h.Factors.Of(ctx, h.Jan.ID); err != nil || f.RecoveryCodes != recoveryCodes-1 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := pgtest.Acting(t.Context(), h.Jan.ID.Actor())
	_, recovery := h.guarded(t)
	pending := h.pending(t)
	for range pendingTries {
		if _, err := h.SignInWithCode(ctx, pending, "000000", cafe); Why(err) != WrongCode {
			t.Error(err)
		}
	}
	if _, err := h.SignInWithCode(ctx, pending, recovery[0], cafe); Why(err) != Stale {
		t.Errorf("after too many wrong codes: %v", err)
	}
	late := h.pending(t)
	h.Clock.Add(pendingLife)
	if _, err := h.SignInWithCode(ctx, late, recovery[0], office); !fault.Is(err, fault.Forbidden) {
		t.Errorf("too late: %v", err)
	}
	var err error
	for range triesPerCode {
		_, err = h.SignInWithCode(ctx, h.pending(t), "000000", cafe)
		if fault.Is(err, fault.Limited) {
			break
		}
	}
	if !fault.Is(err, fault.Limited) {
		t.Errorf("on and on, each time from a new sign-in: %v", err)
	}
}

// TestTriesStayCounted: who has the password and the application's login takes no
// try of a code back, and so has the few that a day allows.
func TestTriesStayCounted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	h.guarded(t)
	guess := func() error {
		_, err := h.SignInWithCode(ctx, h.pending(t), "000000", cafe)
		return err
	}
	reset := func() {
		for _, sql := range []string{
			`DELETE FROM sign_in_attempts`, `UPDATE pending_sign_ins SET tries = 0`, `DELETE FROM pending_sign_ins`, `SELECT forget_tries()`,
			`SELECT forgive_tries(ARRAY(SELECT key FROM sign_in_attempts), NULL)`, `TRUNCATE sign_in_attempts`,
		} {
			_, _ = h.DB.Exec(sql) // most are refused, as TestTheLoginLetsNobodyIn says
		}
		h.Clock.Add(triesWindow + time.Second)
	}
	looked := 0
	for range triesPerDay + triesPerCode {
		switch err := guess(); {
		case Why(err) == WrongCode:
			looked++
		case !fault.Is(err, fault.Limited):
			t.Fatal(err)
		}
		reset()
	}
	if looked != triesPerDay {
		t.Errorf("%d codes were looked at within a day, %d may be", looked, triesPerDay)
	}
}

func TestAnAuthenticatorIsSwitchedOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := pgtest.Acting(t.Context(), h.Jan.ID.Actor())
	_, recovery := h.guarded(t)
	if _, err := h.Factors.RenewRecoveryCodes(ctx, h.Jan.ID, sentence); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SignInWithCode(ctx, h.pending(t), recovery[0], office); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an old recovery code: %v", err)
	}
	if err := h.Factors.Disable(ctx, h.Jan.ID, another); !fault.Is(err, fault.Forbidden) {
		t.Errorf("without the password: %v", err)
	}
	if err := h.Factors.Disable(ctx, h.Jan.ID, sentence); err != nil {
		t.Fatal(err)
	}
	token := h.in(t, sentence, office)
	h.guarded(t)
	if _, err := h.Factors.Reset(ctx, h.Jan.ID); err != nil {
		t.Fatal(err)
	}
	h.out(t, token, "an admin reset the second factor")
	h.in(t, sentence, office)
}
