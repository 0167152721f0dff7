package reports

import (
	"strings"
	"time"

	"keur/campaigns"
	"keur/mailings"
)

// Mail is one mailing that was meant for a member, with what became of it.
type Mail struct {
	Send      int64              `json:"send_id" db:"send_id"`
	Month     time.Time          `json:"-" db:"month"`
	Mailing   mailings.ID        `json:"mailing_id" db:"mailing_id"`
	Name      string             `json:"name" db:"name"`
	Variant   int64              `json:"variant" db:"variant"`
	Subject   string             `json:"subject" db:"-"` // of the member's variant
	SlotAt    time.Time          `json:"slot_at" db:"slot_at"`
	State     string             `json:"state" db:"state"` // of the delivery
	SendState mailings.SendState `json:"send_state" db:"send_state"`
	Reason    string             `json:"reason" db:"reason"`
	ReplyCode int                `json:"reply_code" db:"reply_code"`
	Relay     Relay              `json:"relay,omitempty" db:"relay"` // of a send over a relay that posts what becomes of mail
	SentAt    *time.Time         `json:"sent_at" db:"sent_at"`
	Events    []Event            `json:"events" db:"-"`
	More      bool               `json:"more" db:"-"` // there are events beyond these
}

// Relay is what is known of a mail that a relay accepted.
type Relay string

// What a relay posts of a mail. One that came back isn't delivered, whatever was
// posted before.
const (
	RelayDelivered Relay = "delivered"
	RelayReturned  Relay = "returned"
	RelayUnknown   Relay = "unknown"
)

// Class returns why a receiver or we ourselves refused the mail: a class of bounces,
// or what went wrong before there was an answer. Reason has what was said as well.
func (m Mail) Class() string {
	class, _, _ := strings.Cut(m.Reason, ": ")
	return class
}

// Stuck returns how far the send is that a mail not yet out waits for in vain:
// it is held, paused or missed; else "".
func (m Mail) Stuck() mailings.SendState {
	waits := m.State == "queued" || m.State == "deferred"
	if waits && (m.SendState == mailings.Held || m.SendState == mailings.Paused || m.SendState == mailings.Missed) {
		return m.SendState
	}
	return ""
}

// Event is something that the member, or a machine in their place, did with a
// mail, or a receiver reported of it.
type Event struct {
	ID           int64                  `json:"id" db:"id"`
	Send         int64                  `json:"send_id" db:"send_id"`
	At           time.Time              `json:"at" db:"at"`
	Kind         string                 `json:"kind" db:"kind"` // open, click, unsubscribe, bounce, complaint
	Machine      bool                   `json:"machine" db:"machine"`
	Reason       string                 `json:"reason" db:"reason"`
	Detail       string                 `json:"detail" db:"detail"`
	URL          string                 `json:"url" db:"url"`
	ClickRef     string                 `json:"click_ref" db:"click_ref"`         // the click's part of the sub-id
	SubParameter string                 `json:"sub_parameter" db:"sub_parameter"` // in which the sub-id went along; empty: none did
	Advertiser   campaigns.AdvertiserID `json:"advertiser_id" db:"advertiser_id"` // 0: the label's own link
	Name         string                 `json:"advertiser_name" db:"advertiser"`
	Campaign     string                 `json:"campaign_name" db:"campaign"`
	MailingID    mailings.ID            `json:"mailing_id" db:"mailing_id"`
	Mailing      string                 `json:"mailing_name" db:"mailing"`
}

// Visited is an advertiser to whom a member clicked.
type Visited struct {
	Advertiser campaigns.AdvertiserID `json:"advertiser_id" db:"id"`
	Name       string                 `json:"name" db:"name"`
}

// Purchase is a transaction that a network attributed to the member.
type Purchase struct {
	Network    string    `json:"network" db:"network"`
	Ref        string    `json:"transaction_ref" db:"transaction_ref"`
	Advertiser string    `json:"advertiser_name" db:"advertiser"`
	Status     string    `json:"status" db:"status"`
	SaleMinor  int64     `json:"sale_minor" db:"sale_minor"`
	Currency   string    `json:"currency" db:"currency"`
	OccurredAt time.Time `json:"occurred_at" db:"occurred_at"`
	SubID      string    `json:"sub_id" db:"sub_id"`
}
