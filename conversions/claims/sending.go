package claims

import (
	"fmt"
	"strings"
	"time"

	"keur/internal/civil"
	"keur/internal/states"
	"keur/internal/words"
	"keur/networks"
)

// Sending is how far the sending of a claim to a network is.
type Sending string

// How far it is.
const (
	BeingSent Sending = "sending"
	Taken     Sending = "taken"
	NotTaken  Sending = "not_taken" // the network says so, or a person who looked there
	InDoubt   Sending = "in_doubt"  // the network gave no answer, and doesn't list it: a person looks there
)

// Sendings lists which may follow which. What the network lists after all it has.
func Sendings() states.Machine[Sending] {
	return states.Machine[Sending]{First: BeingSent, Follows: map[Sending][]Sending{
		BeingSent: {Taken, NotTaken, InDoubt},
		InDoubt:   {Taken, NotTaken},
		NotTaken:  {Taken},
	}}
}

// AtNetwork is a claim of a case at a network, through its interface.
type AtNetwork struct {
	ID         int64                 `db:"id" json:"id"`
	Connection networks.ConnectionID `db:"connection_id" json:"connection_id"`
	Name       string                `db:"name" json:"connection_name"`
	Network    string                `db:"network" json:"network"`
	Key        string                `db:"key" json:"key,omitempty"` // ours; empty: it was made on the network's own pages
	State      Sending               `db:"state" json:"state"`
	SentAt     time.Time             `db:"sent_at" json:"sent_at"`
	SentBy     string                `db:"sent_by" json:"sent_by"`
	Ref        string                `db:"ref" json:"claim_ref,omitempty"`        // the network's number
	Problem    words.Message         `db:"problem" json:"problem,omitzero"`       // why the network hasn't got it
	Verdict    networks.ClaimState   `db:"verdict" json:"verdict"`                // what the network says of it
	Unknown    string                `db:"unknown_word" json:"unknown,omitempty"` // the network's word, where we don't know it
	Said       string                `db:"said" json:"said,omitempty"`            // in the network's words
	ReadAt     *time.Time            `db:"read_at" json:"read_at,omitempty"`      // when the network was asked last
}

// Line names a claim among those of its case.
func (a AtNetwork) Line() string { return fmt.Sprint(a.ID) }

// Doubtful reports whether a person has to say if the network has the claim.
func (a AtNetwork) Doubtful() bool { return a.State == InDoubt }

// nothingSaid stands for a verdict of which the network says no more than the word.
const nothingSaid = "–"

// overtakes reports whether what a network said at a moment counts over what is known
// of the claim: it is newer, or of the same moment and more final.
func overtakes(known AtNetwork, r networks.ClaimReport) bool {
	if known.ReadAt == nil || r.At.After(*known.ReadAt) {
		return true
	}
	return r.At.Equal(*known.ReadAt) && rank(r.State) > rank(known.Verdict)
}

func rank(s networks.ClaimState) int {
	for i, of := range networks.ClaimStates() {
		if s == of {
			return i
		}
	}
	return -1
}

// asked writes what a network is asked of a case, in the language of its label. The
// order is of a day; where its transaction or click is known, of that moment.
func asked(key, locale string, c Case, k Known, remark string, zone *time.Location, now time.Time) networks.Claim {
	a, _ := k.account(c.Facts)
	at := c.Ordered.At(civil.Time(12*60), zone)
	if s := k.of(c.Facts); s != nil {
		at = s.Occurred
	}
	if at.After(now) {
		at = now
	}
	notes := strings.TrimSpace(lines(locale, c, k) + "\n\n" + remark)
	return networks.Claim{
		Key: key, Kind: networks.ClaimKind(c.Kind), Programme: a.Programme, Order: c.Order, At: at, Sale: c.Sale, Currency: c.Currency,
		Notes: notes,
	}
}
