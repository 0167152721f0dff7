package reports

import (
	"context"

	"keur/internal/postgres"
)

// Beginning is how far an installation is on the way to its first mailing.
type Beginning struct {
	Label     bool `db:"label"`
	Logo      bool `db:"logo"`
	Sender    bool `db:"sender"`
	DKIM      bool `db:"dkim"`
	Route     bool `db:"route"`
	Tried     bool `db:"tried"`  // a label's route took a real mail
	Person    bool `db:"person"` // a second one
	Approver  bool `db:"approver"`
	Policy    bool `db:"policy"`
	Members   bool `db:"members"`
	Templates bool `db:"templates"`
	Mailing   bool `db:"mailing"`
	Sent      bool `db:"sent"`
}

// Beginning reads how far the installation is. It costs a look at each table.
func (s *Store) Beginning(ctx context.Context) (b Beginning, err error) {
	err = s.db.GetContext(ctx, &b, `
		SELECT EXISTS (SELECT FROM labels) AS label, EXISTS (SELECT FROM labels WHERE logo IS NOT NULL) AS logo,
		       EXISTS (SELECT FROM label_senders) AS sender,
		       EXISTS (SELECT FROM dkim_keys WHERE active) AS dkim,
		       EXISTS (SELECT FROM labels WHERE smtp_route_id IS NOT NULL) AS route,
		       EXISTS (SELECT FROM labels l JOIN smtp_routes r ON r.id = l.smtp_route_id WHERE r.tried_at IS NOT NULL) AS tried,
		       EXISTS (SELECT FROM approval_policies) AS policy,
		       (SELECT count(*) FROM users WHERE disabled_at IS NULL) > 1 AS person,
		       EXISTS (SELECT FROM user_roles WHERE role = 'approver') AS approver,
		       EXISTS (SELECT FROM memberships) AS members, EXISTS (SELECT FROM templates) AS templates,
		       EXISTS (SELECT FROM mailings) AS mailing,
		       EXISTS (SELECT FROM sends WHERE state = 'finished') AS sent`)
	return b, postgres.Fault(err, "thing.report")
}
