package accounts

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

const (
	deviceKept  = 180 * 24 * time.Hour // since it was last signed in from
	mostDevices = 5                    // users of one browser
)

// DeviceLife is how long a browser keeps what SignIn.Devices says.
const DeviceLife = deviceKept

// A device is a browser in which a user signed in before. It says so by a token
// of its own: the user, when, a number by chance, and a MAC over all three. It
// lets nobody in. But tries from it are counted apart, so that whoever shares
// the user's address and guesses there turns nobody away here.

// device returns the number of the user's device among the tokens that the
// browser brings, or "".
func (a *SignIns) device(user UserID, from Origin) string {
	for _, token := range tokensOf(from) {
		if of, number, ok := a.readDevice(token); ok && of == user && user != 0 {
			return number
		}
	}
	return ""
}

// devices returns what the browser is to bring from now on: a new token of the
// user, and those of others that are good still.
func (a *SignIns) devices(user UserID, from Origin) string {
	kept := []string{a.newDevice(user, a.device(user, from))}
	for _, token := range tokensOf(from) {
		if of, _, ok := a.readDevice(token); ok && of != user && len(kept) < mostDevices {
			kept = append(kept, token)
		}
	}
	return strings.Join(kept, "~")
}

// newDevice makes a token, of a new number where there is none.
func (a *SignIns) newDevice(user UserID, number string) string {
	if number == "" {
		number = rand.Text()
	}
	said := fmt.Sprintf("%d.%d.%s", user, a.users.clock.Now().Unix(), number)
	return said + "." + a.deviceMAC(said)
}

func (a *SignIns) readDevice(token string) (user UserID, number string, ok bool) {
	said, mac, _ := cutLast(token, ".")
	parts := strings.Split(said, ".")
	if len(parts) != 3 || !hmac.Equal([]byte(mac), []byte(a.deviceMAC(said))) {
		return 0, "", false
	}
	id, _ := strconv.ParseInt(parts[0], 10, 64) // it is ours: the MAC says so
	at, _ := strconv.ParseInt(parts[1], 10, 64)
	age := a.users.clock.Now().Sub(time.Unix(at, 0))
	return UserID(id), parts[2], age < deviceKept
}

func (a *SignIns) deviceMAC(said string) string {
	mac := hmac.New(sha256.New, a.deviceKey)
	mac.Write([]byte(said))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// tokensOf returns the tokens that a browser brings; of more than it can have
// got from us, none.
func tokensOf(from Origin) []string {
	tokens := strings.Split(from.Devices, "~")
	if len(tokens) > mostDevices {
		return nil
	}
	return tokens
}

func cutLast(text, sep string) (before, after string, found bool) {
	at := strings.LastIndex(text, sep)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(sep):], true
}
