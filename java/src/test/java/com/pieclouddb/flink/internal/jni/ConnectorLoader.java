package com.pieclouddb.flink.internal.jni;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A class loader as each Flink job has one: the connector's classes its own, all else its parent's.
 *
 * <p>A test can take resources away from it or lay others over them.
 */
final class ConnectorLoader extends URLClassLoader {

    private static final String OURS = "com.pieclouddb.flink.";

    private final String hidden;

    private ConnectorLoader(URL[] urls, String hidden) {
        super(urls, ConnectorLoader.class.getClassLoader());
        this.hidden = hidden;
    }

    /** The connector as it is. */
    static ConnectorLoader create() {
        return new ConnectorLoader(classPath(), "nothing");
    }

    /** The connector without the resources whose path begins like this. */
    static ConnectorLoader without(String prefix) {
        return new ConnectorLoader(classPath(), prefix);
    }

    /** The connector with one more folder in front of its class path. */
    static ConnectorLoader with(Path folder) throws MalformedURLException {
        URL[] rest = classPath();
        URL[] urls = new URL[rest.length + 1];
        urls[0] = folder.toUri().toURL();
        System.arraycopy(rest, 0, urls, 1, rest.length);
        return new ConnectorLoader(urls, "nothing");
    }

    private static URL[] classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(":"))
                .map(Path::of)
                .filter(Files::isDirectory)
                .map(ConnectorLoader::url)
                .toArray(URL[]::new);
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a path of the class path is a URL", e);
        }
    }

    /** What {@code NativeLibrary.load} does in this class loader. */
    void loadLibrary(String directory) throws ReflectiveOperationException {
        var load = loadClass(OURS + "internal.jni.NativeLibrary").getDeclaredMethod("load", String.class);
        load.setAccessible(true);
        load.invoke(null, directory);
    }

    /** What {@code NativeBridge.abiVersion} says in this class loader. */
    String libraryVersion() throws ReflectiveOperationException {
        var version = loadClass(OURS + "internal.jni.NativeBridge").getDeclaredMethod("abiVersion");
        version.setAccessible(true);
        return (String) version.invoke(null);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(OURS)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? findClass(name) : loaded;
        }
    }

    @Override
    public URL getResource(String name) {
        return name.startsWith(hidden) ? null : findResource(name);
    }
}
