package accounts

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"image/color"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

const (
	codeStep      = 30 // seconds, RFC 6238 §5.2
	recoveryCodes = 10
	recoveryChars = 10 // of 32 kinds: 50 bits, behind a keyed hash
)

// Enrolment is what an authenticator takes in, in three ways.
type Enrolment struct {
	Secret string `json:"secret" doc:"To type over"`
	URL    string `json:"url" doc:"otpauth://…"`
	QR     string `json:"qr" doc:"The same as an SVG"`
}

// Factor is what a user set up beside the password.
type Factor struct {
	ConfirmedAt   *time.Time `db:"confirmed_at" json:"confirmed_at,omitempty" doc:"Absent: codes aren't asked for"`
	RecoveryCodes int        `db:"recovery_codes" json:"recovery_codes" doc:"Not used yet"`
}

// newEnrolment makes a secret for the user, of as many bytes as SHA-1 has
// (RFC 4226 §4 R6).
func newEnrolment(email string) (Enrolment, error) {
	raw := make([]byte, 20)
	_, _ = rand.Read(raw) // never fails, see its documentation
	return enrolmentOf(email, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

// enrolmentOf returns the secret in every way that an authenticator takes in.
func enrolmentOf(email, secret string) (Enrolment, error) {
	e := Enrolment{Secret: secret}
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/Keur:" + email,
		RawQuery: url.Values{"secret": {e.Secret}, "issuer": {"Keur"}}.Encode(),
	}
	e.URL = u.String()
	var err error
	e.QR, err = drawQR(e.URL)
	return e, err
}

// stepOf returns which step the code is of, around now: one before and one
// after are taken too, since clocks and people are late (RFC 6238 §5.2).
func stepOf(secret, code string, now time.Time) (step int64, ok bool, err error) {
	at := now.Unix() / codeStep
	for _, step := range []int64{at, at - 1, at + 1} {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("code of a second factor: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true, nil
		}
	}
	return 0, false, nil
}

// newRecoveryCodes returns codes to write down: abcde-fghij.
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw := make([]byte, recoveryChars)
		_, _ = rand.Read(raw)
		text := strings.ToLower(base32.StdEncoding.EncodeToString(raw))[:recoveryChars]
		codes[i] = text[:recoveryChars/2] + "-" + text[recoveryChars/2:]
	}
	return codes
}

// plainCode takes the code as people type it: with spaces, dashes, capitals.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
}

var errCode = refuse(WrongCode, "accounts.code_wrong")

// drawQR draws text as a QR code, black on white with its quiet margin, so that
// a phone reads it on a dark page as well.
func drawQR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	const margin = 4
	n := code.Bounds().Dx()
	var path strings.Builder
	for y := range n {
		for x := range n {
			if code.At(x, y) == color.Black {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+margin, y+margin)
			}
		}
	}
	side := n + 2*margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><rect width="%d" height="%d" fill="#fff"/><path d="%s" fill="#000"/></svg>`,
		side, side, side, side, path.String()), nil
}
