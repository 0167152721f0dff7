package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// secretPrefix is what a secret begins with where people and programs see it
// (Standard Webhooks, symmetric signatures).
const secretPrefix = "whsec_"

// secretSize is of how many random bytes it is made.
const secretSize = 32

// rotation is for how long the secret before signs as well, and mostPrevious how many
// of those before sign at most.
const (
	rotation     = 24 * time.Hour
	mostPrevious = 9
)

// newSecret makes the bytes of a secret.
func newSecret() []byte {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // it never fails
	return secret
}

// shown returns a secret as its receiver keeps it.
func shown(secret []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(secret) }

// sign returns the header webhook-signature: a signature by each of the secrets.
func sign(secrets [][]byte, id string, at time.Time, payload []byte) string {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		fmt.Fprintf(mac, "%s.%s.%s", id, stamp(at), payload)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}

// stamp is a moment as the header webhook-timestamp has it.
func stamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// newRef makes what a receiver knows a message by.
func newRef() string { return "msg_" + rand.Text() }
