# Finds a JDK that can build and run Penstock. Read by ./mvnw and ./penstock; for any POSIX shell, and quick: no program is
# started on the usual way.

oldest_jdk=25

# Whether a folder has a JDK that is new enough.
is_new_jdk() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r jdk_key jdk_value; do
    if [ "$jdk_key" = JAVA_VERSION ]; then
      jdk_value=${jdk_value#\"}
      jdk_value=${jdk_value%%[!0-9]*}
      [ -n "$jdk_value" ] && [ "$jdk_value" -ge "$oldest_jdk" ] && return 0
    fi
  done <"$1/release"
  return 1
}

# Sets JAVA_HOME to the first one that is new enough; 1 if there is none.
find_jdk() {
  is_new_jdk "${JAVA_HOME:-}" && return 0
  jdk_on_path=$(command -v java) && jdk_on_path=$(readlink -f -- "$jdk_on_path") || jdk_on_path=
  for jdk_home in "${jdk_on_path%/bin/java}" /usr/lib/jvm/* /opt/* ~/.sdkman/candidates/java/*; do
    if is_new_jdk "$jdk_home"; then
      JAVA_HOME=$jdk_home
      return 0
    fi
  done
  return 1
}

jdk_missing="no JDK $oldest_jdk or later in JAVA_HOME, PATH, /usr/lib/jvm, /opt or ~/.sdkman: install one (temurin-25-jdk, openjdk-25-jdk) or set JAVA_HOME"
