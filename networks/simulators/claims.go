package simulators

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"keur/networks"
)

// Claim is one that a publisher made at a network.
type Claim struct {
	Ref       string // a number, as networks have them; empty: the next
	Key       string // the publisher's own
	Kind      string // in the network's words
	Programme string
	Order     string
	Amount    string
	Notes     string
	SubID     string
	State     networks.ClaimState
	Word      string // the network's word for the state; empty: its usual one
	Said      string
	Made      time.Time
}

// File makes a claim, as a publisher does on the network's own pages.
func (s *Server) File(c Claim) Claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Ref, c.Made = cmp.Or(c.Ref, strconv.Itoa(15_652_378+len(s.claims))), s.Now()
	c.State = cmp.Or(c.State, networks.ClaimWaits)
	s.claims = append(s.claims, c)
	return c
}

// Answer says what a shop decides about a claim.
func (s *Server) Answer(ref string, state networks.ClaimState, said string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.claims {
		if c.Ref == ref {
			s.claims[i].State, s.claims[i].Said = state, said
			return
		}
	}
	panic("simulators: no claim " + ref)
}

// Claims returns the claims that were made, the newest first.
func (s *Server) Claims() []Claim {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.claims)
	slices.Reverse(all)
	return all
}

// made returns the claims that were made in a time, its ends included.
func (s *Server) made(from, until time.Time) []Claim {
	return slices.DeleteFunc(s.Claims(), func(c Claim) bool {
		at := c.Made.Truncate(time.Second)
		return at.Before(from) || at.After(until)
	})
}

// inquire makes an inquiry at impact.com, which takes one for each order and kind.
func (d impact) inquire(s *Server, w http.ResponseWriter, r *http.Request) {
	at, err := time.Parse(time.RFC3339, r.PostFormValue("TransactionDate"))
	amount, err2 := strconv.ParseFloat(r.PostFormValue("TransactionAmount"), 64)
	c := Claim{
		Key: r.PostFormValue("MediaPartnerInquiryId"), Kind: r.PostFormValue("InquiryType"), Programme: r.PostFormValue("CampaignId"),
		Order: r.PostFormValue("OrderId"), Amount: r.PostFormValue("TransactionAmount"), Notes: r.PostFormValue("InquiryNotes"),
	}
	if _, err := strconv.Atoi(c.Programme); err != nil {
		d.fails(w, http.StatusBadRequest, "CampaignId must be a number")
		return
	}
	if err != nil || err2 != nil || amount <= 0 || at.After(s.Now()) || c.Order == "" ||
		!slices.Contains([]string{"UNTRACKED", "INCORRECT", "DECLINED"}, c.Kind) {
		d.fails(w, http.StatusBadRequest, "Validation Failed")
		return
	}
	if slices.ContainsFunc(s.Claims(), func(o Claim) bool { return o.Order == c.Order && o.State == networks.ClaimWaits }) {
		write(w, map[string]any{"Status": "ERROR", "Message": "An inquiry about this order exists already"})
		return
	}
	made := s.File(c)
	write(w, map[string]any{"Status": "OK", "Uri": r.URL.Path + "/" + made.Ref})
}

var impactResolutions = map[networks.ClaimState]string{
	networks.ClaimWaits: "UNRESOLVED", networks.ClaimAsks: "INCOMPLETE", networks.ClaimRefused: "DECLINED", networks.ClaimGranted: "VALID",
}

// inquiries lists inquiries of impact.com, those of a number of the publisher's or of a
// time.
func (d impact) inquiries(s *Server, w http.ResponseWriter, r *http.Request) {
	from, until, dated, good := impactDates(r, "StartDate", "EndDate")
	number, most, good2 := impactPage(s, r)
	if !good || !good2 {
		d.fails(w, http.StatusBadRequest, "Validation Failed")
		return
	}
	found := s.Claims()
	if dated {
		found = s.made(from, until)
	}
	if key := r.URL.Query().Get("MediaPartnerInquiryId"); key != "" {
		found = slices.DeleteFunc(found, func(c Claim) bool { return c.Key != key })
	}
	pacific, rows := time.FixedZone("", -7*60*60), []any{}
	for _, c := range sliced(found, (number-1)*most, most) {
		row := map[string]any{
			"Id": c.Ref, "MediaPartnerInquiryId": c.Key, "CampaignId": c.Programme, "CampaignName": "Zonneland", "OrderId": c.Order,
			"TransactionAmount": c.Amount, "InquiryType": c.Kind, "InquiryNotes": c.Notes, "RejectReason": "", "ActionId": "",
			"ResolutionStatus": cmp.Or(c.Word, impactResolutions[c.State]), "CreationDate": stamp(c.Made, pacific, time.RFC3339),
			"Comments": []any{map[string]any{"User": "Spaarpad", "Comment": c.Notes}}, "Uri": r.URL.Path + "/" + c.Ref,
		}
		switch {
		case c.State == networks.ClaimRefused:
			row["RejectReason"] = c.Said
		case c.Said != "":
			row["Comments"] = append(row["Comments"].([]any), map[string]any{"User": "Zonneland", "Comment": c.Said})
		}
		rows = append(rows, row)
	}
	writePage(w, r, "ActionInquiries", number, most, len(found), rows)
}

var partnerizeStates = map[networks.ClaimState]string{
	networks.ClaimWaits: "pending", networks.ClaimAsks: "pending", networks.ClaimRefused: "rejected", networks.ClaimGranted: "approved",
}

// queries lists transaction queries of Partnerize, all at once.
func (partnerize) queries(s *Server, w http.ResponseWriter, r *http.Request) {
	const form = "2006-01-02 15:04:05"
	q := r.URL.Query()
	from, err := time.Parse(form, q.Get("date_range_start"))
	until, err2 := time.Parse(form, q.Get("date_range_end"))
	if err != nil || err2 != nil || q.Get("date_range_column") != "created_at" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	rows := []any{}
	for _, c := range s.made(from, until) {
		word := cmp.Or(c.Word, partnerizeStates[c.State])
		history := []any{map[string]any{"state": "pending", "notes": c.Notes}}
		if word != "pending" {
			history = append(history, map[string]any{"state": word, "notes": c.Said})
		}
		rows = append(rows, map[string]any{"transaction_query": map[string]any{
			"transaction_query_id": c.Ref, "transaction_query_type": c.Kind, "campaign_id": c.Programme, "publisher_id": s.Ref,
			"conversion_reference": c.Order, "publisher_reference": c.SubID, "current_state": word, "state_history": history,
			"created_at": stamp(c.Made, time.UTC, form), "notes": c.Notes,
		}})
	}
	write(w, map[string]any{"count": len(rows), "execution_time": "0.08 seconds", "transaction_queries": rows})
}
