# What `make install` puts beside the programs: the unit, the user, log rotation, an example configuration, the manual page.
dist_man_MANS += docs/man/sluiced.8
systemdsystemunit_DATA = packaging/systemd/sluice.service
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = packaging/systemd/sluice.conf
examplesdir = $(docdir)/examples
dist_examples_DATA = packaging/sluice.conf packaging/logrotate
EXTRA_DIST += packaging/systemd/sluice.service.in
CLEANFILES += packaging/systemd/sluice.service

packaging/systemd/sluice.service: packaging/systemd/sluice.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging/systemd && \
	sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' $(srcdir)/packaging/systemd/sluice.service.in >$@

# A configuration that is there is the administrator's.
install-data-local:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)/sluice/conf.d
	test -e $(DESTDIR)$(sysconfdir)/sluice/sluice.conf || \
		$(INSTALL_DATA) $(srcdir)/packaging/sluice.conf $(DESTDIR)$(sysconfdir)/sluice/sluice.conf
