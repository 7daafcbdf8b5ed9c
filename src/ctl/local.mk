noinst_LIBRARIES += libsluice-ctl.a
libsluice_ctl_a_SOURCES = \
	src/ctl/action.c src/ctl/action.h \
	src/ctl/ca_folder.c src/ctl/ca_folder.h \
	src/ctl/cmd_bypass.c \
	src/ctl/cmd_ca.c \
	src/ctl/cmd_clock.c \
	src/ctl/cmd_doctor.c \
	src/ctl/cmd_explain.c \
	src/ctl/cmd_flows.c \
	src/ctl/cmd_import.c \
	src/ctl/cmd_lists.c \
	src/ctl/cmd_model.c \
	src/ctl/cmd_override.c \
	src/ctl/cmd_query.c \
	src/ctl/cmd_reload.c \
	src/ctl/cmd_replay.c \
	src/ctl/cmd_rules.c \
	src/ctl/cmd_status.c \
	src/ctl/cmd_tail.c \
	src/ctl/commands.c \
	src/ctl/ctl.c src/ctl/ctl.h \
	src/ctl/daemon.c src/ctl/daemon.h \
	src/ctl/doctor.c src/ctl/doctor.h \
	src/ctl/explain_batch.c src/ctl/explain_batch.h \
	src/ctl/explain_certificate.c src/ctl/explain_certificate.h \
	src/ctl/explain_override.c src/ctl/explain_override.h \
	src/ctl/filter.c src/ctl/filter.h \
	src/ctl/issuance_check.c src/ctl/issuance_check.h \
	src/ctl/json_view.c src/ctl/json_view.h \
	src/ctl/judgement.c src/ctl/judgement.h \
	src/ctl/lists_add.c \
	src/ctl/lists_compile.c \
	src/ctl/lists_status.c \
	src/ctl/lists_test.c \
	src/ctl/lists_update.c \
	src/ctl/lists_work.h \
	src/ctl/log_files.c src/ctl/log_files.h \
	src/ctl/log_follow.c src/ctl/log_follow.h \
	src/ctl/option.c src/ctl/option.h \
	src/ctl/policy_file.c src/ctl/policy_file.h \
	src/ctl/record_command.c src/ctl/record_command.h \
	src/ctl/record_view.c src/ctl/record_view.h \
	src/ctl/root_key.c src/ctl/root_key.h \
	src/ctl/settings.c src/ctl/settings.h \
	src/ctl/situation.c src/ctl/situation.h \
	src/ctl/situation_record.c \
	src/ctl/situation_json.c src/ctl/situation_json.h \
	src/ctl/terminal.c src/ctl/terminal.h

bin_PROGRAMS += sluicectl
sluicectl_SOURCES = src/ctl/main.c
sluicectl_LDADD = libsluice-ctl.a $(PROXY_LIBS)

dist_man_MANS += docs/man/sluicectl.8

# bash-completion looks for a file of the command's name.
bashcompletiondir = $(datadir)/bash-completion/completions
install-data-hook:
	$(MKDIR_P) $(DESTDIR)$(bashcompletiondir)
	$(INSTALL_DATA) $(srcdir)/packaging/sluicectl.bash-completion $(DESTDIR)$(bashcompletiondir)/sluicectl
uninstall-hook:
	rm -f $(DESTDIR)$(bashcompletiondir)/sluicectl
