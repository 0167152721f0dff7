package members

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"

	"keur/internal/fault"
	"keur/internal/notices"
	"keur/labels"
)

// For how long links to change an address are good: what is asked for now is
// confirmed now, and who was away for a week still takes an address back.
const (
	confirmLife  = 48 * time.Hour
	takeBackLife = 14 * 24 * time.Hour
)

// How often a member may ask for another address, and an address be asked for,
// within 24 hours: nobody's inbox is filled with letters.
const asksADay = 3

// AddressLink is a link by mail under which a member takes an address: one they
// asked for, or the one they left, to take it back.
type AddressLink struct {
	ID        int64      `db:"id"`
	Member    ID         `db:"member_id"`
	Label     labels.ID  `db:"label_id"`
	FromKey   string     `db:"from_key"` // of the address that it replaces
	Address   string     `db:"address"`
	Key       string     `db:"address_key"`
	TakesBack bool       `db:"takes_back"`
	MadeAt    time.Time  `db:"made_at"`
	ExpiresAt time.Time  `db:"expires_at"`
	EndedAt   *time.Time `db:"ended_at"`
}

// Check returns a not-found fault unless the link is good at now for a member who
// is compared by key: unused, not too old, and the member hasn't moved since.
func (l AddressLink) Check(key string, now time.Time) error {
	if l.EndedAt != nil || !now.Before(l.ExpiresAt) || l.FromKey != key {
		return ErrLinkOver
	}
	return nil
}

// ErrLinkOver is a link that was used, is too old, or of an address that the
// member no longer has.
var ErrLinkOver = fault.New(fault.NotFound, "members.address_link_over")

// ErrAsksTooOften is what a member reads who asked for many addresses today.
var ErrAsksTooOften = fault.New(fault.Limited, "members.address_asks", "most", asksADay)

// newAddressToken returns a random token and the hash that is kept of it.
func newAddressToken() (token string, hash []byte) {
	token = rand.Text()
	sum := sha256.Sum256([]byte(token))
	return token, sum[:]
}

// addressLetter is a mail about a member's own address, from a label.
func addressLetter(label labels.Label, letter string, link int64, to string, args ...any) notices.Notice {
	number := int(label.ID)
	return notices.Notice{
		Key: fmt.Sprintf("%s:%d", letter, link), LabelID: &number, Recipient: to,
		Letter: notices.Write(label.Locale, letter, append(args, "label", label.Name)...),
	}
}
