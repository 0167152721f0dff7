package smtptest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

const (
	scramSalt  = "a salt of a test"
	scramTurns = 4096
)

// scram holds the server's side of SCRAM-SHA-256 without channel binding
// (RFC 5802 §3, RFC 7677).
func (c *conversation) scram(initial string) (bool, error) {
	initial, err := c.initial(initial)
	if err != nil {
		return false, err
	}
	_, bare, _ := strings.Cut(initial, ",,")
	first := "r=" + attribute(bare, "r") + "server,s=" + base64.StdEncoding.EncodeToString([]byte(scramSalt)) + ",i=4096"
	final, err := c.ask(first)
	if err != nil {
		return false, err
	}
	unproven, proof, _ := strings.Cut(final, ",p=")
	for _, user := range c.server.config.Users {
		if user.Name != attribute(bare, "n") {
			continue
		}
		salted, err := pbkdf2.Key(sha256.New, user.Password, []byte(scramSalt), scramTurns, sha256.Size)
		if err != nil {
			return false, err
		}
		said := bare + "," + first + "," + unproven
		key := mac(salted, "Client Key")
		stored := sha256.Sum256(key)
		want := make([]byte, len(key))
		subtle.XORBytes(want, key, mac(stored[:], said))
		if decode(proof) != string(want) {
			return false, nil
		}
		verifier := mac(mac(salted, "Server Key"), said)
		_, err = c.ask("v=" + base64.StdEncoding.EncodeToString(verifier))
		return true, err
	}
	return false, nil
}

// attribute returns the value of name in a SCRAM message.
func attribute(message, name string) string {
	for part := range strings.SplitSeq(message, ",") {
		if value, ok := strings.CutPrefix(part, name+"="); ok {
			return value
		}
	}
	return ""
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
