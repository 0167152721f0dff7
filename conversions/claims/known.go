package claims

import (
	"time"

	"keur/campaigns"
	"keur/conversions"
	"keur/internal/civil"
	"keur/mailings"
	"keur/networks"
)

// Click is one of the member's to the advertiser, before the order.
type Click struct {
	Ref      string          `db:"click_ref" json:"click_ref"`
	At       time.Time       `db:"at" json:"at"`
	Machine  bool            `db:"machine" json:"machine"` // no person's, as far as can be told
	Send     mailings.SendID `db:"send_id" json:"send_id"`
	Mailing  mailings.ID     `db:"mailing_id" json:"mailing_id"`
	Name     string          `db:"mailing" json:"mailing_name"`
	Campaign string          `db:"campaign" json:"campaign_name"`
	SubID    string          `db:"-" json:"sub_id,omitempty"` // as the network got it; empty: the link has none, or nobody can tell

	Link      int64  `db:"number" json:"-"`
	Variant   *int16 `db:"variant" json:"-"`
	Parameter string `db:"subid_parameter" json:"-"`
}

// Sale is a transaction that may be the order.
type Sale struct {
	ID         conversions.ID        `db:"id" json:"conversion_id"`
	Connection networks.ConnectionID `db:"connection_id" json:"connection_id"`
	Network    string                `db:"network" json:"network"`
	Ref        string                `db:"transaction_ref" json:"transaction_ref"`
	Order      string                `db:"order_ref" json:"order_ref"`
	Status     networks.Status       `db:"status" json:"status"`
	Unknown    string                `db:"unknown_status" json:"unknown_status,omitempty"`
	Paid       bool                  `db:"paid" json:"paid"`
	Sale       int64                 `db:"sale_minor" json:"sale_minor"`
	Currency   string                `db:"currency" json:"currency"`
	Occurred   time.Time             `db:"occurred_at" json:"occurred_at"`
	Reason     string                `db:"reason" json:"reason,omitempty"`
	Named      bool                  `db:"named" json:"named"`   // the order's number is its
	Others     bool                  `db:"others" json:"others"` // it is booked to another member
}

// Account is one of the label's by which the advertiser's sales come.
type Account struct {
	Rule
	Programme string      `db:"programme_ref" json:"programme_ref"`
	Publisher string      `db:"publisher_ref" json:"publisher_ref"`
	Until     *civil.Date `db:"-" json:"claim_deadline,omitempty"`
}

// Known is what is known of a case today.
type Known struct {
	Clicks   []Click   `json:"clicks"` // the newest first
	Sales    []Sale    `json:"sales"`  // the order's first
	Accounts []Account `json:"accounts"`
	// Delay is after how many days nine of ten of the advertiser's sales have come
	// in, and Verdict after how many four of five are decided; nil: too few tell it.
	Delay    *int `json:"usual_delay_days,omitempty"`
	Verdict  *int `json:"usual_verdict_days,omitempty"`
	TooEarly bool `json:"too_early"`           // it usually comes in later than today
	Proposal Kind `json:"proposal,omitempty"`  // empty: there is nothing to claim, or nobody can tell
	Told     Told `json:"situation,omitempty"` // what the member may be told
}

// Earliest is when nine of ten such orders have come in; nil: nobody knows.
func (k Known) Earliest(ordered civil.Date) *civil.Date {
	if k.Delay == nil {
		return nil
	}
	return after(ordered, *k.Delay+1)
}

// of returns the sale that the case is about: the one that it names, or the only
// one that bears the order's number.
func (k Known) of(f Facts) *Sale {
	var named []*Sale
	for i, s := range k.Sales {
		if s.ID == f.Conversion {
			return &k.Sales[i]
		}
		if s.Named {
			named = append(named, &k.Sales[i])
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return nil
}

// several reports whether more than one transaction bears the order's number, as
// orders do that networks split in parts.
func (k Known) several(f Facts) bool {
	n := 0
	for _, s := range k.Sales {
		if s.Named {
			n++
		}
	}
	return n > 1 && k.of(f) == nil
}

// propose returns what may be wrong with a case.
func (k Known) propose(f Facts) Kind {
	s := k.of(f)
	switch {
	case s == nil && k.several(f), s != nil && (s.Others || s.Unknown != ""):
		return "" // a person looks
	case s == nil:
		return Untracked
	case s.Status == networks.Declined, s.Status == networks.Deleted:
		return Declined
	case s.Currency == f.Currency && s.Sale < f.Sale:
		return Incorrect
	}
	return ""
}

// Told is what a member may be told of a case, as a message of the family
// claim_told.
type Told string

// What members are told.
const (
	TellEarly     Told = "early"     // it is usual that nothing came in yet
	TellNoClick   Told = "no_click"  // nothing shows that they went by us
	TellLooking   Told = "looking"   // we find out
	TellUndecided Told = "undecided" // the shop has to decide
	TellApproved  Told = "approved"
	TellDeclined  Told = "declined"
	TellClaimed   Told = "claimed"
	TellAsked     Told = "asked" // the shop wants to know more
	TellGranted   Told = "granted"
	TellRefused   Told = "refused"
	TellClosed    Told = "closed"
)

// Situations returns all that members are told.
func Situations() []Told {
	return []Told{
		TellEarly, TellNoClick, TellLooking, TellUndecided, TellApproved, TellDeclined, TellClaimed, TellAsked, TellGranted, TellRefused,
		TellClosed,
	}
}

// tell returns what the member may be told.
func (k Known) tell(c Case) Told {
	switch c.State {
	case Claimed:
		if c.Asks != "" {
			return TellAsked
		}
		return TellClaimed
	case Granted:
		return TellGranted
	case Refused:
		return TellRefused
	case Closed:
		return TellClosed
	}
	s := k.of(c.Facts)
	switch {
	case s == nil && k.TooEarly:
		return TellEarly
	case s == nil && len(k.Clicks) == 0 && !k.several(c.Facts):
		return TellNoClick
	case s == nil, s.Others, s.Unknown != "", k.propose(c.Facts) == Incorrect:
		return TellLooking
	case s.Status == networks.Pending:
		return TellUndecided
	case s.Status == networks.Approved:
		return TellApproved
	}
	return TellDeclined
}

// judge fills in what follows from what is known.
func (k *Known) judge(c Case, today civil.Date) {
	earliest := k.Earliest(c.Ordered)
	k.TooEarly = k.of(c.Facts) == nil && earliest != nil && today.Compare(*earliest) < 0
	k.Proposal, k.Told = k.propose(c.Facts), k.tell(c)
}

// account returns the account by which a case is claimed, or none.
func (k Known) account(f Facts) (Account, bool) {
	for _, a := range k.Accounts {
		if a.Connection == f.Connection {
			return a, true
		}
	}
	return Account{}, false
}

// click returns the click that the facts name, or none.
func (k Known) click(f Facts) (Click, bool) {
	for _, c := range k.Clicks {
		if c.Ref == f.Click {
			return c, true
		}
	}
	return Click{}, false
}

// Suggest returns facts with what is likely filled in: the newest click of a
// person, the transaction that bears the order's number, its account or the only
// one, and what may be wrong.
func (k Known) Suggest(f Facts) Facts {
	for _, c := range k.Clicks {
		if !c.Machine && f.Click == "" {
			f.Click = c.Ref
		}
	}
	if s := k.of(f); s != nil && !s.Others {
		f.Conversion, f.Connection = s.ID, s.Connection
	}
	if f.Connection == 0 && len(k.Accounts) == 1 {
		f.Connection = k.Accounts[0].Connection
	}
	if f.Kind == "" && !k.TooEarly {
		f.Kind = k.propose(f)
	}
	return f
}

// sought is what clicks and transactions are looked for by.
type sought struct {
	Advertiser campaigns.AdvertiserID
	From, End  time.Time // of the clicks: two months up to the end of the day of the order
	Until      time.Time // of transactions without the order's number
}

// seek returns it for a day in a label's zone.
func seek(f Facts, zone *time.Location) sought {
	begin := f.Ordered.At(0, zone)
	end := f.Ordered.AddDays(1).At(0, zone)
	return sought{f.Advertiser, begin.AddDate(0, -2, 0), end, end.AddDate(0, 0, 14)}
}
