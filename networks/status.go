package networks

import "strings"

// StatusOf returns what a network's word says of a transaction, in whatever case
// and in nl, de, en or fr. Words that networks use in two ways, and those that
// nobody listed, are pending and unknown.
func StatusOf(word string) (status Status, known bool) {
	status, known = statusWords[strings.ToLower(strings.TrimSpace(word))]
	if !known {
		return Pending, false
	}
	return status, true
}

var statusWords = map[string]Status{
	"pending": Pending, "open": Pending, "new": Pending, "potential": Pending, "waiting": Pending, "tracked": Pending,
	"in behandeling": Pending, "in afwachting": Pending, "openstaand": Pending,
	"offen": Pending, "wartend": Pending, "ausstehend": Pending, "wartezustand": Pending,
	"en attente": Pending, "attente": Pending,
	"approved": Approved, "accepted": Approved, "confirmed": Approved, "validated": Approved, "goedgekeurd": Approved,
	"geaccepteerd": Approved, "bevestigd": Approved, "bestätigt": Approved, "genehmigt": Approved, "freigegeben": Approved,
	"validé": Approved, "validée": Approved, "accepté": Approved, "acceptée": Approved,
	"declined": Declined, "rejected": Declined, "disapproved": Declined, "cancelled": Declined, "canceled": Declined, "denied": Declined,
	"reversed":  Declined,
	"afgekeurd": Declined, "afgewezen": Declined, "geannuleerd": Declined, "abgelehnt": Declined, "storniert": Declined,
	"refusé": Declined, "refusée": Declined, "annulé": Declined, "annulée": Declined,
	"deleted": Deleted, "verwijderd": Deleted, "gelöscht": Deleted, "supprimé": Deleted,
}
