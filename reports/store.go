package reports

import (
	"github.com/jmoiron/sqlx"

	"keur/internal/postgres"
)

// Store reads reports. Each kind of them has a store of its own; what is of no
// kind is asked of Store itself.
type Store struct {
	Outcomes *OutcomeStore  // what came of sends, by whichever heading
	Earnings *EarningStore  // what networks report of sales
	Calendar *CalendarStore // what goes out when
	Members  *MemberStore   // what one member was sent and did

	db *sqlx.DB

	replica *postgres.Replica // nil: there is none
	aside   *Store            // of the replica
}

// NewStore returns the reports over db.
func NewStore(db *sqlx.DB) *Store {
	outcomes := &OutcomeStore{db: db}
	return &Store{
		Outcomes: outcomes, Earnings: &EarningStore{db: db, outcomes: outcomes}, Calendar: &CalendarStore{db: db},
		Members: &MemberStore{db: db}, db: db,
	}
}
